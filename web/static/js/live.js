// The live log: rows come as they are to stand in the table. A button pauses; what came meanwhile is shown afterwards.
const LONGEST = 200;
for (const button of document.querySelectorAll("button[data-live]")) {
  const body = document.getElementById(button.dataset.into);
  const region = body?.closest(".scroll");
  if (!body || !region || !window.EventSource) continue;
  const waiting = new Map();
  let paused = false;
  const show = (id, html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const row = template.content.firstElementChild;
    const old = document.getElementById(id);
    if (old) {
      old.replaceWith(row);
    } else {
      const later = [...body.children].find((other) => other.id < id);
      body.insertBefore(row, later ?? null);
      row.classList.add("new");
    }
    while (body.children.length > LONGEST) body.lastElementChild.remove();
    region.classList.remove("vacant");
    document.querySelector("main > .empty")?.remove();
    document.dispatchEvent(new CustomEvent("shown", { detail: row }));
  };
  const label = () => {
    button.textContent = paused ? (waiting.size ? `Resume (${waiting.size} new)` : "Resume") : "Pause";
    button.setAttribute("aria-pressed", String(paused));
  };
  const source = new EventSource(button.dataset.live);
  source.addEventListener("open", () => { button.hidden = false; button.classList.add("live"); });
  source.addEventListener("error", () => button.classList.remove("live"));
  source.addEventListener("call", (event) => {
    const { id, html } = JSON.parse(event.data);
    if (paused) waiting.set(id, html); else show(id, html);
    label();
  });
  button.addEventListener("click", () => {
    paused = !paused;
    if (!paused) {
      for (const [id, html] of waiting) show(id, html);
      waiting.clear();
    }
    label();
  });
}
