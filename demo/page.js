// A picture dropped or pasted anywhere on the page is chosen in the tab that is open, whatever the page shows.
// A drop on the row of thumbnails, and a paste, add; any other choice replaces.
(function () {
  // Gradio's button for uploads stands after the input that it opens.
  const upload = () =>
    Array.from(document.querySelectorAll(".w4x-drop")).find((one) => one.offsetParent)?.previousElementSibling;
  const give = (files, adds) => {
    const input = upload();
    if (!input || !files.length) return;
    const list = new DataTransfer();
    for (const file of input.multiple ? files : files.slice(0, 1)) list.items.add(file);
    window.w4xAdds = adds;
    input.files = list.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const holds = (event) => Array.from(event.dataTransfer?.types || []).includes("Files");
  // Before Gradio's own components see them: a table of numbers takes files, too.
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    window.addEventListener(
      kind,
      (event) => {
        if (!holds(event)) return;
        event.preventDefault();
        event.stopPropagation();
        document.documentElement.classList.toggle("w4x-dragged", kind === "dragenter" || kind === "dragover");
        if (kind === "drop") give(Array.from(event.dataTransfer.files), Boolean(event.target.closest?.(".strip")));
      },
      true,
    );
  }
  document.addEventListener("paste", (event) => {
    const files = Array.from(event.clipboardData?.files || []).filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    give(files, true);
  });
  // Another language without another page: pictures, results and options stay.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.(".w4x-head nav a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const loaded = performance.getEntriesByType("resource").map((each) => each.name);
      const core = await import(loaded.find((name) => /\/assets\/core-[^/]*\.js$/.test(name)));
      window.w4xSpeak(link.lang, true);
      await core.changeLocale(document.documentElement.lang);
      document.querySelector("#w4x-retell").click();
    } catch (unknown) {
      location.search = "?lang=" + link.lang; // another version of Gradio
    }
  });
  // Gradio gives its thumbnails of examples no names.
  new MutationObserver(() => {
    for (const one of document.querySelectorAll(".w4x-examples button:not([aria-label])")) {
      const name = /([^/]+)\.png$/.exec(one.querySelector("img")?.src || "");
      if (name) one.setAttribute("aria-label", name[1]);
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
  // Who uses the keyboard alone begins where a picture is chosen; Gradio may draw that button again at first.
  let tries = 50;
  const begin = setInterval(() => {
    const button = document.querySelector("#upscale-choose");
    if (button && document.activeElement === document.body) {
      button.focus({ preventScroll: true, focusVisible: false });
    }
    if (!tries-- || (button && document.activeElement !== button)) clearInterval(begin);
  }, 100);
})();
