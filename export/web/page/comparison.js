// Two pictures over each other, and a divider between them that a range input moves: by pointer, touch or keys.

export class Comparison {
    // root: holds .frame > .sheet > .after + .before, .divider and an input.
    constructor(root, {valueText}) {
        const part = (selector) => root.querySelector(selector);
        Object.assign(this, {root, valueText, isZoomed: false, width: 1, height: 1});
        [this.frame, this.sheet, this.divider] = [".frame", ".sheet", ".divider"].map(part);
        [this.before, this.after, this.slider] = [".before", ".after", "input"].map(part);
        this.slider.addEventListener("input", () => this.draw());
        this.frame.addEventListener("scroll", () => this.draw());
        this.frame.addEventListener("pointerdown", (event) => this.drag(event));
        new ResizeObserver(() => this.layOut()).observe(root.parentElement);
    }

    // Addresses of both pictures, and the size of the larger. Waits until they can be seen.
    async show({before, after, width, height}) {
        Object.assign(this, {width, height, isZoomed: false});
        [this.before.src, this.after.src] = [before, after];
        this.slider.value = 50;
        await Promise.all([this.before.decode(), this.after.decode()]).catch(() => {});
        this.layOut();
    }

    describe(before, after) {
        [this.before.alt, this.after.alt] = [before, after];
        this.draw();
    }

    zoom(isZoomed) {
        this.isZoomed = isZoomed;
        this.layOut();
        this.frame.scrollTo((this.sheet.offsetWidth - this.frame.clientWidth) / 2, (this.sheet.offsetHeight - this.frame.clientHeight) / 2);
    }

    layOut() {
        const room = this.root.parentElement.clientWidth;
        if (!room) return;
        const mostHeight = Math.max(220, window.innerHeight * 0.68);
        // A small result is shown up to 480 px wide, where its pixels can be told apart.
        const largest = Math.max(1, 480 / this.width);
        const fit = Math.min(room / this.width, mostHeight / this.height, largest);
        const scale = this.isZoomed ? Math.max(1, 2 * fit) : fit;
        resize(this.root, Math.max(160, this.width * fit), this.height * fit);
        resize(this.sheet, this.width * scale, this.height * scale);
        this.root.classList.toggle("zoomed", this.isZoomed);
        this.draw();
    }

    draw() {
        const {frame, sheet, slider} = this;
        const share = slider.value / 100;
        const place = share * frame.clientWidth;
        this.divider.style.transform = `translateX(${place}px)`;
        // In the sheet's own pixels, which may be scrolled, or narrower than the frame and centred in it.
        const edge = place + frame.scrollLeft - sheet.offsetLeft;
        this.before.style.clipPath = `inset(0 ${Math.max(0, sheet.offsetWidth - edge)}px 0 0)`;
        slider.setAttribute("aria-valuetext", this.valueText(slider.value));
    }

    // With a mouse a zoomed picture is dragged; fingers scroll it by themselves.
    drag(event) {
        if (!this.isZoomed || event.pointerType !== "mouse" || event.button !== 0) return;
        const {frame} = this;
        const start = [event.clientX + frame.scrollLeft, event.clientY + frame.scrollTop];
        const move = ({clientX, clientY}) => frame.scrollTo(start[0] - clientX, start[1] - clientY);
        const end = () => {
            window.removeEventListener("pointermove", move);
            frame.classList.remove("dragged");
        };
        frame.classList.add("dragged");
        window.addEventListener("pointermove", move);
        window.addEventListener("pointerup", end, {once: true});
        event.preventDefault();
    }
}

function resize(element, width, height) {
    element.style.width = `${Math.round(width)}px`;
    element.style.height = `${Math.round(height)}px`;
}
