"use strict";
// The page works without this; what it adds: finding a pick by name, hiding boxes, and the maps.

for (const hidden of document.querySelectorAll(".tools")) hidden.hidden = false;

const cards = [...document.querySelectorAll(".main .card")];
const search = document.querySelector("#find");
search?.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  let found = 0;
  for (const card of cards) {
    card.hidden = !card.dataset.name.includes(wanted);
    found += !card.hidden;
  }
  document.querySelector(".main .nothing").hidden = found > 0;
});
document.querySelector("#boxes")?.addEventListener("change", (event) => {
  document.body.classList.toggle("bare", !event.target.checked);
});
document.querySelector("#unfold")?.addEventListener("click", (event) => {
  const all = [...document.querySelectorAll(".main details")];
  const open = all.some((each) => !each.open);
  for (const each of all) each.open = open;
  event.target.textContent = open ? "Fold the reasons" : "Show all reasons";
});

// What is folded is printed too.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => { for (const each of folded) each.open = false; });

const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

async function inflated(text) {
  if (!("DecompressionStream" in window)) return [];
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).text()).split("\n");
}

function chart(root) {
  const data = JSON.parse(root.querySelector(".points").textContent);
  const raw = bytes(data.places);
  const places = new Float32Array(raw.length / 2);
  for (let i = 0; i < places.length; i++) places[i] = (raw[2 * i] | (raw[2 * i + 1] << 8)) / 65535;
  const flags = bytes(data.flags);
  const count = flags.length;
  // The groups in the order drawn: name, bit, radius in pixels, shape, look.
  const SETS = [["input", 0, 2, "square", "input"], ...data.groups];
  let names = [];
  inflated(data.names).then((found) => { names = found; }, () => {});

  const members = SETS.map(([, bit]) => [...flags.keys()].filter((i) => (bit ? flags[i] & bit : !flags[i])));
  const selected = SETS.findIndex(([name]) => name === "selected");
  const picks = selected > 0 ? members[selected] : [...flags.keys()];
  const canvas = root.querySelector("canvas"), tip = root.querySelector(".tip"), said = root.querySelector(".said");
  const context = canvas.getContext("2d");
  const off = new Set();
  let scale = 1, left = 0, top = 0, width = 0, height = 0, at = -1, step = -1, waiting = false;

  const extent = [0, 0];
  for (let i = 0; i < count; i++) {
    extent[0] = Math.max(extent[0], places[2 * i]);
    extent[1] = Math.max(extent[1], places[2 * i + 1]);
  }
  // The second component grows upwards.
  const x = (i) => places[2 * i] * scale + left;
  const y = (i) => (extent[1] - places[2 * i + 1]) * scale + top;

  function fit() {
    const margin = 16;
    scale = Math.min((width - 2 * margin) / (extent[0] || 1e-9), (height - 2 * margin) / (extent[1] || 1e-9));
    if (!isFinite(scale) || scale > 1e8) scale = 1;
    left = (width - extent[0] * scale) / 2;
    top = (height - extent[1] * scale) / 2;
  }

  function draw() {
    waiting = false;
    const ratio = devicePixelRatio || 1;
    const style = getComputedStyle(document.documentElement);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    SETS.forEach(([name, , radius, shape, look], number) => {
      if (off.has(name)) return;
      context.fillStyle = context.strokeStyle = style.getPropertyValue("--" + look);
      context.lineWidth = 1.5;
      const small = count > 20000 ? radius / 2 : radius;
      context.globalAlpha = number ? 1 : count > 20000 ? 0.5 : 0.9;
      for (const i of members[number]) {
        const px = x(i), py = y(i);
        if (px < -9 || py < -9 || px > width + 9 || py > height + 9) continue;
        if (shape === "square") {
          context.fillRect(px - small, py - small, 2 * small, 2 * small);
          continue;
        }
        context.beginPath();
        if (shape === "diamond") {
          context.moveTo(px, py - radius - 1); context.lineTo(px + radius + 1, py);
          context.lineTo(px, py + radius + 1); context.lineTo(px - radius - 1, py);
          context.closePath();
        } else context.arc(px, py, radius, 0, 7);
        if (shape === "ring") context.stroke(); else context.fill();
      }
    });
    context.globalAlpha = 1;
    if (at >= 0) {
      context.strokeStyle = style.getPropertyValue("--text");
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x(at), y(at), 8, 0, 7);
      context.stroke();
    }
    root.dataset.view = [scale, left, top].map((value) => value.toFixed(2)).join(" ");
  }
  function redraw() {
    if (!waiting) { waiting = true; requestAnimationFrame(draw); }
  }
  function resize() {
    const fresh = !width;
    const before = [width, height];
    width = canvas.clientWidth; height = canvas.clientHeight;
    if (!width) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    if (fresh) fit(); else { left += (width - before[0]) / 2; top += (height - before[1]) / 2; }
    redraw();
  }
  function zoom(factor, cx = width / 2, cy = height / 2) {
    scale *= factor;
    left = cx - (cx - left) * factor;
    top = cy - (cy - top) * factor;
    redraw();
  }
  function told(i) {
    const sets = SETS.filter(([, bit]) => bit && flags[i] & bit).map(([name]) => name);
    return (names[i] || "a sample without a name here") + (sets.length ? " (" + sets.join(", ") + ")" : "");
  }
  function show(i) {
    at = i;
    root.dataset.at = i;
    redraw();
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.replaceChildren();
    const image = i in data.rows && document.querySelector(`img[data-row="${data.rows[i]}"]`);
    if (image) {
      const copy = document.createElement("img");
      copy.src = image.src;
      copy.alt = "";
      tip.append(copy);
    }
    tip.append(told(i));
    const tall = tip.offsetHeight, wide = tip.offsetWidth;
    tip.style.left = Math.max(0, Math.min(width - wide, x(i) + 14 + wide > width ? x(i) - wide - 14 : x(i) + 14)) + "px";
    tip.style.top = Math.max(0, Math.min(height - tall, y(i) + 14)) + "px";
  }
  function nearest(px, py) {
    let best = -1, least = 100;
    SETS.forEach(([name], number) => {
      if (off.has(name)) return;
      for (const i of members[number]) {
        const far = (x(i) - px) ** 2 + (y(i) - py) ** 2;
        if (far <= least) { least = far; best = i; }
      }
    });
    return best;
  }

  const pointers = new Map();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    show(nearest(event.offsetX, event.offsetY));
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) { show(nearest(event.offsetX, event.offsetY)); return; }
    if (pointers.size === 1) {
      left += event.offsetX - before.offsetX;
      top += event.offsetY - before.offsetY;
      if (at >= 0) show(at);
    } else {
      const other = [...pointers.values()].find((each) => each.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.offsetX - other.offsetX, one.offsetY - other.offsetY) || 1;
      zoom(apart(event) / apart(before), other.offsetX, other.offsetY);
    }
    pointers.set(event.pointerId, event);
    redraw();
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    canvas.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      if (end === "pointerleave") show(-1);
    });
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      left += moves[event.key][0];
      top += moves[event.key][1];
      redraw();
    } else if (event.key === "+" || event.key === "=") zoom(1.4);
    else if (event.key === "-") zoom(1 / 1.4);
    else if (event.key === "0") { fit(); redraw(); }
    else if ((event.key === "n" || event.key === "p") && picks.length) {
      step = (step + (event.key === "n" ? 1 : picks.length - 1) + (step < 0 && event.key === "p" ? 1 : 0)) % picks.length;
      const i = picks[step];
      if (x(i) < 0 || y(i) < 0 || x(i) > width || y(i) > height) { left += width / 2 - x(i); top += height / 2 - y(i); }
      show(i);
      said.textContent = `${step + 1} of ${picks.length}: ${told(i)}`;
    } else if (event.key === "Escape") show(-1);
    else return;
    if (at >= 0 && event.key !== "Escape") show(at);
    event.preventDefault();
  });
  root.querySelectorAll(".choices input").forEach((box) => box.addEventListener("change", () => {
    if (box.checked) off.delete(box.value); else off.add(box.value);
    show(-1);
  }));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(resize).observe(canvas);
}

document.querySelectorAll(".map").forEach(chart);
