/* Forms [data-upload]: sends the chosen files by itself, with a bar that moves, several at once, each in its own request; then the page is shown anew. A large file goes in
   pieces: when the connection breaks it goes on where it stopped, by itself, or after the same file is chosen again. Without this script the form posts them as any form does. */
(() => {
  "use strict";
  const { toast } = window.shopwright;
  const PIECE = 4 * 1024 * 1024, LIMIT = 1024 * 1024 * 1024, AT_ONCE = 2;
  const PATIENCE = 15 * 60 * 1000, WAIT_MOST = 15000; /* without a byte getting through; between two tries */
  const size = (n) => n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} kB` : `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} MB`;

  function row(list, file) {
    const li = document.createElement("li");
    const label = document.createElement("label");
    const bar = document.createElement("progress");
    bar.id = `up-${Math.random().toString(36).slice(2)}`;
    label.htmlFor = bar.id;
    label.textContent = `${file.name}, ${size(file.size)}`;
    bar.max = file.size || 1;
    bar.value = 0;
    li.append(label, bar);
    list.append(li);
    const at = (n) => {
      const here = Math.min(n, file.size);
      bar.value = here;
      label.textContent = here < file.size ? `${file.name}, ${size(here)} / ${size(file.size)}` : `${file.name}, ${size(file.size)}`;
    };
    return {
      at,
      waits: (why) => { label.textContent = `${file.name}, ${size(bar.value)} / ${size(file.size)}. ${why}`; },
      refused: (why) => {
        li.className = "error";
        li.textContent = `${file.name}: ${why}`;
      },
    };
  }

  /* One request. status 0: the connection broke. */
  const ask = (method, url, body, headers = {}, progress = null) => new Promise((done) => {
    const x = new XMLHttpRequest();
    x.open(method, url);
    x.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) x.setRequestHeader(name, value);
    if (progress) x.upload.onprogress = (e) => progress(e.loaded);
    x.onload = () => {
      let value = {};
      try { value = JSON.parse(x.responseText); } catch { /* nginx may answer in HTML */ }
      const e = value.error || {};
      done({ status: e.code === "full" ? 507 : x.status, fine: x.status >= 200 && x.status < 300, value, why: Object.values(e.fields || {})[0] || e.message || String(x.status) });
    };
    x.onerror = x.onabort = x.ontimeout = () => done({ status: 0, fine: false, value: {}, why: "" });
    x.send(body);
  });

  const pause = (ms) => new Promise((done) => {
    const go = () => { clearTimeout(timer); window.removeEventListener("online", go); done(); };
    const timer = setTimeout(go, ms);
    window.addEventListener("online", go);
  });

  /* The upload's id is kept while the browser is open: whoever reloads the page and chooses the same file again goes on. */
  const keyOf = (file) => `upload ${location.host} ${file.name} ${file.size} ${file.lastModified}`;
  const stored = {
    get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
    set: (key, id) => { try { if (id) sessionStorage.setItem(key, id); else sessionStorage.removeItem(key); } catch { /* private window */ } },
  };

  /* Until the server gave an answer of its own: a broken connection, a busy server and a gateway that is away are waited for. */
  async function patient(form, r, state, request) {
    for (let wait = 500; ;) {
      const a = await request();
      if (a.status !== 0 && a.status !== 429 && (a.status < 502 || a.status > 504)) {
        state.heard = Date.now();
        return a;
      }
      if (Date.now() - state.heard > PATIENCE) return a;
      r.waits(form.dataset.broken || "");
      await pause(wait);
      wait = Math.min(wait * 2, WAIT_MOST);
      if (state.resume) return state.resume();
    }
  }

  /* The id of the whole file, or null after r.refused(). */
  async function inPieces(form, file, r) {
    const csrf = { "X-CSRF": form.elements.csrf ? form.elements.csrf.value : "" };
    const json = { ...csrf, "Content-Type": "application/json" };
    const key = keyOf(file), state = { heard: Date.now() };
    const answer = (request) => patient(form, r, state, request);
    const look = (id) => answer(() => ask("GET", `/uploads/${id}`, null));
    let a = null;
    const known = stored.get(key);
    if (known) a = await look(known);
    if (!a || !a.fine) {
      a = await answer(() => ask("POST", "/uploads", JSON.stringify({ name: file.name, size: file.size, mime: file.type }), json));
      if (a.fine) stored.set(key, a.value.id);
    }
    while (a.fine && !a.value.done) {
      const { id, have } = a.value;
      const put = () => ask("PUT", `/uploads/${id}?offset=${have}`, file.slice(have, have + PIECE),
        { ...csrf, "Content-Type": "application/octet-stream" }, (n) => r.at(have + n));
      r.at(have);
      /* After a break nobody knows what arrived: the server is asked. */
      state.resume = () => { state.resume = null; return look(id); };
      a = await answer(put);
      state.resume = null;
      if (a.status === 409 || a.status === 412) a = await look(id);
    }
    if (a.fine) {
      r.at(file.size);
      return a.value.id;
    }
    if (a.status !== 0) stored.set(key, null);
    r.refused(a.why || form.dataset.broken || "");
    return null;
  }

  async function send(form, input, file, nth, r) {
    const data = new FormData(form);
    data.delete(input.name);
    /* One nonce is one effect: each file needs its own. */
    if (data.has("nonce") && nth > 0) data.set("nonce", `${data.get("nonce")}-${nth}`);
    const large = file.size > PIECE;
    if (large) {
      const id = await inPieces(form, file, r);
      if (!id) return false;
      data.append("upload", id);
    } else {
      data.append(input.name, file, file.name);
    }
    const a = await patient(form, r, { heard: Date.now() }, () => ask("POST", form.action, data, {}, large ? null : r.at));
    if (!a.fine) {
      r.refused(a.why || form.dataset.broken || "");
      return false;
    }
    r.at(file.size);
    stored.set(keyOf(file), null);
    return true;
  }

  for (const form of document.querySelectorAll("form[data-upload]")) {
    const input = form.querySelector("input[type=file]");
    if (!input) continue;
    form.addEventListener("submit", async (e) => {
      const files = [...input.files];
      if (files.length === 0) return;
      e.preventDefault();
      e.stopImmediatePropagation();
      let list = form.querySelector(".uploads");
      if (!list) {
        list = document.createElement("ul");
        list.className = "uploads stack tight";
        list.setAttribute("aria-live", "polite");
        form.append(list);
      }
      list.replaceChildren();
      const buttons = form.querySelectorAll("button");
      for (const b of buttons) b.disabled = true;
      const rows = files.map((f) => row(list, f));
      let next = 0, fine = 0;
      const work = async () => {
        while (next < files.length) {
          const n = next++;
          if (files[n].size > LIMIT) rows[n].refused(`${size(files[n].size)} > ${size(LIMIT)}`);
          else if (await send(form, input, files[n], n, rows[n])) fine++;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      for (const b of buttons) b.disabled = false;
      if (fine === files.length) location.reload();
      else {
        input.value = "";
        toast(`${fine} / ${files.length}`);
      }
    }, true);
    /* Choosing is sending, where the page says so. */
    if (form.dataset.upload === "now") input.addEventListener("change", () => form.requestSubmit());
  }
})();
