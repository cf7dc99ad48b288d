/* A signature drawn on [data-sign]: its strokes go into the form's hidden field `strokes` as [[[x, y], …], …] in 1/1000 of the pad's width. */
(async () => {
  "use strict";
  const { at, script } = window.shopwright;
  const MOST = 20000, SCALE = 1000;
  await script(at.signaturePad);

  for (const box of document.querySelectorAll("[data-sign]")) {
    const form = box.closest("form"), field = form && form.elements.strokes;
    const canvas = box.querySelector("canvas");
    if (!field || !canvas || box.pad) continue;
    box.hidden = false;
    const pad = box.pad = new window.SignaturePad(canvas, { penColor: "#14201b", minWidth: 0.8, maxWidth: 2.6, minDistance: 2 });
    let width = 0;

    const fit = () => {
      const now = canvas.parentElement.clientWidth;
      if (!now || now === width) return;
      const strokes = width ? pad.toData() : restored(now);
      const by = width ? now / width : 1;
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      canvas.width = now * ratio;
      canvas.height = canvas.parentElement.clientHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      for (const s of strokes) for (const p of s.points) [p.x, p.y] = [p.x * by, p.y * by];
      width = now;
      pad.clear();
      pad.fromData(strokes);
      keep();
    };
    /* What came back with a refused form. */
    const restored = (w) => {
      try {
        return JSON.parse(field.value || "[]").map((s) => ({
          penColor: "#14201b", minWidth: 0.8, maxWidth: 2.6, dotSize: 1.5, velocityFilterWeight: 0.7, compositeOperation: "source-over",
          points: s.map(([x, y], i) => ({ x: x * w / SCALE, y: y * w / SCALE, pressure: 0.5, time: i * 16 })),
        }));
      } catch (e) {
        return [];
      }
    };
    const keep = () => {
      let left = MOST;
      const strokes = [];
      for (const s of pad.toData()) {
        const points = s.points.slice(0, left).map((p) => [Math.round(p.x * SCALE / width), Math.round(p.y * SCALE / width)]);
        left -= points.length;
        if (points.length) strokes.push(points);
      }
      field.value = strokes.length ? JSON.stringify(strokes) : "";
    };
    pad.addEventListener("endStroke", keep);
    form.addEventListener("submit", keep, true);
    const clear = box.querySelector("[data-sign-clear]");
    if (clear) clear.addEventListener("click", () => {
      pad.clear();
      keep();
    });
    new ResizeObserver(fit).observe(canvas.parentElement);
    fit();
  }
})();
