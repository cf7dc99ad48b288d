/* Forms [data-upload]: sends the chosen files by itself, with a bar that moves, several at once, each in its own request; then the page is shown anew.
   Without it the form posts them as any form does. */
(() => {
  "use strict";
  const { toast } = window.shopwright;
  const LIMIT = 32 * 1024 * 1024, AT_ONCE = 2;
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
    return { li, label, bar };
  }

  function send(form, input, file, nth, r) {
    return new Promise((done) => {
      const data = new FormData(form), x = new XMLHttpRequest();
      data.delete(input.name);
      /* One nonce is one effect: each file needs its own. */
      if (data.has("nonce") && nth > 0) data.set("nonce", `${data.get("nonce")}-${nth}`);
      data.append(input.name, file, file.name);
      x.open("POST", form.action);
      x.setRequestHeader("Accept", "application/json");
      x.upload.onprogress = (e) => {
        r.bar.value = Math.min(e.loaded, file.size);
        r.label.textContent = `${file.name}, ${size(Math.min(e.loaded, file.size))} / ${size(file.size)}`;
      };
      const refused = (why) => {
        r.li.className = "error";
        r.li.textContent = `${file.name}: ${why}`;
        done(false);
      };
      x.onload = () => {
        if (x.status >= 200 && x.status < 300) {
          r.bar.value = r.bar.max;
          r.label.textContent = `${file.name}, ${size(file.size)}`;
          done(true);
          return;
        }
        let why = String(x.status);
        try {
          const e = JSON.parse(x.responseText).error;
          why = Object.values(e.fields || {})[0] || e.message || why;
        } catch (e) { /* nginx answers in HTML */ }
        refused(why);
      };
      x.onerror = x.onabort = () => refused(form.dataset.failed || "network");
      x.send(data);
    });
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
          if (files[n].size > LIMIT) {
            rows[n].li.className = "error";
            rows[n].li.textContent = `${files[n].name}: ${size(files[n].size)} > ${size(LIMIT)}`;
          } else if (await send(form, input, files[n], n, rows[n])) {
            fine++;
          }
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
