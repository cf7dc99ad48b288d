/* Enlarges .photos by PhotoSwipe. Without it the links open the pictures. */
(async () => {
  "use strict";
  const { at, script, sheet } = window.shopwright;
  sheet(at.photoswipeCss);
  await script(at.photoswipe);
  await script(at.lightbox);

  function watch(root) {
    for (const list of root.querySelectorAll(".photos")) {
      if (list.box) continue;
      const box = list.box = new window.PhotoSwipeLightbox({
        gallery: list, children: "a[data-kind=picture]", pswpModule: window.PhotoSwipe, bgOpacity: 0.92, wheelToZoom: true,
      });
      /* Their true size is known once they are there; the thumbnail's shape serves until then. */
      box.addFilter("itemData", (item) => {
        const img = item.element && item.element.querySelector("img");
        if (img && !item.w) {
          item.w = (img.naturalWidth || 400) * 4;
          item.h = (img.naturalHeight || 400) * 4;
          item.msrc = img.currentSrc || img.src;
          item.alt = img.alt;
        }
        return item;
      });
      box.on("loadComplete", ({ content }) => {
        const el = content.element;
        if (!el || !el.naturalWidth || content.width === el.naturalWidth) return;
        content.data.w = content.width = el.naturalWidth;
        content.data.h = content.height = el.naturalHeight;
        if (content.slide) {
          content.slide.width = el.naturalWidth;
          content.slide.height = el.naturalHeight;
          content.slide.resize();
        }
      });
      box.init();
    }
  }
  watch(document);
  document.addEventListener("shopwright:swapped", (e) => watch(e.detail.parentElement || document));
})();
