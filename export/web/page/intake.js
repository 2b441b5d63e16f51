// The three ways a picture comes in: picked, dropped, pasted.

// take(files) is called with a list of files that is not empty.
export function watchIntake({button, input, hint}, take) {
    const offer = (files) => files?.length && take([...files]);
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
        offer(input.files);
        input.value = ""; // so that the same file can be chosen again
    });
    document.addEventListener("paste", (event) => offer(event.clipboardData?.files));

    const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
    let depth = 0; // dragenter and dragleave come for every element on the way
    const showHint = (change) => {
        depth = Math.max(0, depth + change);
        hint.hidden = depth === 0;
    };
    window.addEventListener("dragenter", (event) => holdsFiles(event) && showHint(1));
    window.addEventListener("dragleave", (event) => holdsFiles(event) && showHint(-1));
    window.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
    window.addEventListener("drop", (event) => {
        if (!holdsFiles(event)) return;
        event.preventDefault();
        showHint(-Infinity);
        offer(event.dataTransfer.files);
    });
}
