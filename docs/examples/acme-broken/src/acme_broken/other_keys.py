from tamis import AnnotationFormat, ExecutorFactory, Export, Issue, Section, Source, hookimpl


def nothing(*args):
    return None


@hookimpl
def tamis_sources():
    yield Source("acme_other", nothing)


@hookimpl
def tamis_annotation_formats():
    yield AnnotationFormat("acme_other", nothing)


@hookimpl
def tamis_exports():
    yield Export("acme_other", nothing)


@hookimpl
def tamis_sections():
    yield Section("acme_other", nothing, title="Other")


@hookimpl
def tamis_executors():
    yield ExecutorFactory("acme_other", nothing)


@hookimpl
def tamis_issues():
    yield Issue("acme_other", rate=nothing, above=0)
