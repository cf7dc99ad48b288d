/* Keeps a page up to date. Asks for the page itself with its ETag while it is visible; when something changed, swaps the regions [data-live]
   whose content differs, but never one that has the focus or holds what a person typed. Clocks [data-since] tick in between. */
(() => {
  "use strict";
  const FIRST = 2000, SLOW = 5000, LONGEST = 60000;
  let wait = FIRST, etag = null, timer = 0, failed = 0, asking = false;

  const regions = (root) => root.querySelectorAll("[data-live]");
  /* As the server wrote it, without what differs in every answer or is the person's doing. */
  const markup = (el) => el.innerHTML.replace(/name="nonce" value="[^"]*"/g, "").replace(/<details([^>]*) open=""/g, "<details$1").replace(/\s+/g, " ");
  const shown = new Map();

  function touched(region) {
    if (region.contains(document.activeElement) && document.activeElement.matches("a, button, input, select, textarea, summary")) return true;
    for (const c of region.querySelectorAll("input, select, textarea")) {
      if (c.type === "hidden" || c.type === "submit") continue;
      if (c.type === "file" && c.files.length) return true;
      if ((c.type === "checkbox" || c.type === "radio") ? c.checked !== c.defaultChecked
        : c.tagName === "SELECT" ? [...c.options].some((o) => o.selected !== o.defaultSelected && o.defaultSelected)
          : c.value !== c.defaultValue) return true;
    }
    return region.querySelector("dialog[open], form[data-sent]") !== null;
  }

  function swap(region, fresh) {
    const open = [...region.querySelectorAll("details")].map((d) => d.open);
    region.replaceChildren(...[...fresh.childNodes].map((n) => document.importNode(n, true)));
    region.querySelectorAll("details").forEach((d, i) => { if (open[i] !== undefined) d.open = open[i]; });
    region.classList.remove("changed");
    void region.offsetWidth; /* so that the wash fades again */
    region.classList.add("changed");
    document.dispatchEvent(new CustomEvent("shopwright:swapped", { detail: region }));
  }

  function apply(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    let kept = false;
    for (const region of regions(document)) {
      const name = region.dataset.live;
      const other = [...regions(fresh)].find((r) => r.dataset.live === name);
      if (!other) continue;
      const now = markup(other);
      if (shown.get(name) === now) continue;
      if (touched(region)) {
        kept = true;
        continue;
      }
      shown.set(name, now);
      swap(region, other);
    }
    const said = fresh.querySelector("[data-live-at]");
    for (const el of document.querySelectorAll("[data-live-at]")) {
      if (said && el.textContent !== said.textContent) el.textContent = said.textContent;
      el.classList.remove("late");
    }
    return !kept;
  }

  async function ask() {
    if (document.hidden || asking) return;
    asking = true;
    try {
      const headers = { Accept: "text/html" };
      if (etag) headers["If-None-Match"] = etag;
      const r = await fetch(location.href.split("#")[0], { headers, cache: "no-store", credentials: "same-origin", redirect: "error" });
      if (r.status === 200) {
        /* A region that was held back is tried again: then the ETag is not taken. */
        if (apply(await r.text())) etag = r.headers.get("ETag");
        wait = FIRST;
      } else if (r.status === 304) {
        wait = Math.min(wait + 500, SLOW);
      } else {
        throw new Error(String(r.status));
      }
      failed = 0;
    } catch (e) {
      wait = Math.min(LONGEST, SLOW * 2 ** Math.min(++failed, 4));
      if (failed === 2) for (const el of document.querySelectorAll("[data-live-at]")) el.classList.add("late");
    }
    asking = false;
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  /* 1 h 54 min, or 1:54:07 with data-format=clock. */
  function tick() {
    for (const el of document.querySelectorAll("[data-since]")) {
      const since = Date.parse(el.dataset.since);
      if (isNaN(since)) continue;
      const s = Math.max(0, Math.floor((Date.now() - since + Number(el.dataset.was || 0)) / 1000));
      const h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60, two = (n) => String(n).padStart(2, "0");
      const text = el.dataset.format === "clock" ? `${h}:${two(m)}:${two(s % 60)}` : h ? `${h} h ${m} min` : `${m} min`;
      const at = [...el.childNodes].find((n) => n.nodeType === 3 && n.data.trim());
      if (!at) el.prepend(text);
      else if (at.data.trim() !== text) at.data = text;
    }
  }

  /* Swapped content is compared as the server wrote it: a ticking clock is no change. */
  for (const r of regions(document)) shown.set(r.dataset.live, markup(r));
  tick();
  setInterval(tick, 1000);
  if (regions(document).length === 0) return;
  timer = setTimeout(ask, wait);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) ask();
  });
})();
