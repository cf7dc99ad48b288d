/* Loads what a page needs, and nothing for a page that needs nothing. Every page works without it.
   Addresses (with their hashes) stand on this script's own element. */
(() => {
  "use strict";
  const at = document.currentScript.dataset;

  const script = (src) => new Promise((done, failed) => {
    const s = document.createElement("script");
    s.src = src;
    s.onload = done;
    s.onerror = failed;
    document.head.append(s);
  });
  const sheet = (href) => {
    const l = document.createElement("link");
    l.rel = "stylesheet";
    l.href = href;
    document.head.append(l);
  };
  window.shopwright = { at, script, sheet, toast };

  /* A short message for everybody, screen readers too; gone after a while, unless one points at it. */
  function toast(text) {
    const box = document.querySelector(".toast");
    if (!box) return;
    box.textContent = text;
    clearTimeout(box.timer);
    box.timer = setTimeout(function gone() {
      if (box.matches(":hover")) box.timer = setTimeout(gone, 2000);
      else box.textContent = "";
    }, 6000);
  }

  function start() {
    const box = document.querySelector(".toast");
    const said = box && box.textContent.trim();
    /* A live region speaks when it is filled, not when it comes with the page. */
    if (said) {
      box.textContent = "";
      setTimeout(() => toast(said), 150);
    }
    const errors = document.querySelector(".errors");
    if (errors) errors.focus();

    /* A second press of a button must not send twice; the server would notice, the person would wonder. */
    document.addEventListener("submit", (e) => {
      if (e.defaultPrevented || e.target.method === "get") return;
      if (e.target.dataset.sent) {
        e.preventDefault();
        return;
      }
      e.target.dataset.sent = "1";
    });
    window.addEventListener("pageshow", (e) => {
      if (!e.persisted) return;
      for (const f of document.querySelectorAll("form[data-sent]")) delete f.dataset.sent;
    });

    /* A select that shows another list at once; its form keeps a button for those without scripts. */
    document.addEventListener("change", (e) => {
      if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
    });
    for (const b of document.querySelectorAll("[data-print]")) {
      b.hidden = false;
      b.addEventListener("click", () => window.print());
    }

    const wants = (what, src) => document.querySelector(what) && script(src);
    wants("[data-live], [data-since]", at.live);
    wants("form[data-upload]", at.upload);
    wants("[data-sign]", at.sign);
    wants(".photos a[data-kind=picture]", at.photos);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
