element.addEventListener("input", (event) => {
  if (event.target.type === "range") {
    element.querySelector(".stage").style.setProperty("--at", event.target.value + "%");
  }
});
element.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at(".thumb")) props.selected = Number(at(".thumb").dataset.index);
  else if (at(".whole")) {
    if (document.fullscreenElement) document.exitFullscreen();
    else element.querySelector(".stage").requestFullscreen();
  } else if (at(".add") || at(".empty")) {
    window.w4xAdds = Boolean(at(".add"));
    document.querySelector("#upscale-choose").click();
  }
});
