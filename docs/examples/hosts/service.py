"""A web service that runs selections: validates a config, runs it in the background, reports, cancels, explains.

    python -m pip install tamis fastapi uvicorn
    PHOTOS=photos uvicorn --factory service:app

One `tamis.Registry` serves all requests; each run has an event that cancels it and a callback that notes its progress.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException

import tamis


class Run:
    """A selection in the background."""

    def __init__(self) -> None:
        self.progress: tamis.Progress | None = None
        self.cancel = threading.Event()
        self.selection: tamis.Selection | None = None
        self.error: str | None = None

    def __call__(self, dataset: tamis.Dataset, config: Mapping[str, Any], registry: tamis.Registry) -> None:
        """Run it to its end, whatever that is."""
        try:
            self.selection = tamis.select(dataset, config, registry=registry, progress=self._note, cancel=self.cancel)
        except tamis.errors.TamisError as error:
            self.error = f"{type(error).__name__}: {error}"

    def _note(self, progress: tamis.Progress) -> None:
        self.progress = progress

    @property
    def state(self) -> str:
        """What has become of it."""
        if self.selection:
            return "done"
        if self.error:
            return "cancelled" if self.error.startswith("Cancelled") else "failed"
        return "running" if self.progress else "waiting"


def create_app(dataset: tamis.Dataset, registry: tamis.Registry, workers: int = 2) -> FastAPI:
    """The service for one dataset."""
    runs: dict[str, Run] = {}
    pool = ThreadPoolExecutor(workers, thread_name_prefix="selection")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        for run in runs.values():
            run.cancel.set()
        pool.shutdown()

    app = FastAPI(title="Selections", lifespan=lifespan)

    def find(run_id: str) -> Run:
        if run_id not in runs:
            raise HTTPException(404, f"no run {run_id}")
        return runs[run_id]

    @app.post("/validate")
    def validate(config: dict[str, Any]) -> dict[str, Any]:
        """Every problem of a config with its place, before any image is opened."""
        return {"problems": problems(config)}

    @app.post("/runs", status_code=202)
    def start(config: dict[str, Any]) -> dict[str, str]:
        """Start a run, if the config is valid."""
        if found := problems(config):
            raise HTTPException(422, found)
        run_id, run = uuid.uuid4().hex, Run()
        runs[run_id] = run
        pool.submit(run, dataset, config, registry)
        return {"id": run_id}

    @app.get("/runs/{run_id}")
    def status(run_id: str) -> dict[str, Any]:
        """How far it is; its picks when it is done."""
        run = find(run_id)
        answer: dict[str, Any] = {"state": run.state, "error": run.error}
        if progress := run.progress:
            answer["progress"] = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        if run.selection:
            answer["selected"] = run.selection.selected
            answer["failures"] = [str(failure) for failure in run.selection.failures]
        return answer

    @app.delete("/runs/{run_id}", status_code=202)
    def cancel(run_id: str) -> dict[str, str]:
        """Have it stop, which it does within an image."""
        find(run_id).cancel.set()
        return {"id": run_id}

    @app.get("/runs/{run_id}/explanations/{sample:path}")
    def explain(run_id: str, sample: str) -> dict[str, str]:
        """Why a sample was, or was not, selected."""
        selection = find(run_id).selection
        if selection is None:
            raise HTTPException(409, "the run is not done")
        try:
            return {"explanation": selection.explain(sample)}
        except KeyError:
            raise HTTPException(404, f"no sample {sample}") from None

    def problems(config: dict[str, Any]) -> list[dict[str, str]]:
        try:
            tamis.validate(config, dataset=dataset, registry=registry)
        except tamis.errors.ConfigError as error:
            return [{"path": problem.path, "message": problem.message} for problem in error.problems]
        return []

    return app


def app() -> FastAPI:
    """The service for the folder that the environment names."""
    return create_app(tamis.Dataset.from_directory(os.environ["PHOTOS"]), tamis.Registry())
