// The page itself: what is shown when. The work is done in engine/worker.js.

import {Comparison} from "./comparison.js";
import {startWorker} from "./engine/start_worker.js";
import {MOST_MEGAPIXELS} from "./files/header.js";
import {watchIntake} from "./intake.js";
import {fillPage, language, loadLanguage, switchLanguage, text} from "./language.js";
import {choices, findGraphics, loadNetworks} from "./networks.js";
import {isKept, keepOffline} from "./offline.js";

const element = (id) => document.getElementById(id);
const comparison = new Comparison(element("comparison"), {
    valueText: (percent) => text("slider_value", {percent}),
});

let model = null; // models/model.json
let offered = []; // the choices of the network
let worker = null;
let job = 0; // messages of older jobs are passed over
let picture = null; // of the job: {file, started}, then width, height, loaded, progress, and at last result
let told = null; // what is said: {failure: {key, values, name} or null, notices: keys}
let addresses = []; // of the pictures shown: the small one, then the large one and its file

function start(file) {
    element("result").hidden = true;
    forgetPictures();
    tell({failure: null, notices: []});
    job += 1;
    picture = {file, started: performance.now(), progress: null};
    const {accelerator, entry, denoise} = offered[element("model").selectedIndex];
    worker.postMessage({kind: "upscale", job, file, entry, denoise, mode: element("denoise").value, accelerator});
    showWork();
}

function stop() {
    job += 1;
    worker.postMessage({kind: "stop", job});
    picture = null;
    forgetPictures();
    tell({failure: null, notices: ["stopped"]});
    showWork();
    focusOn("choose");
}

const answers = {
    opened({width, height, notices, before}) {
        addresses = [URL.createObjectURL(before)];
        Object.assign(picture, {width, height});
        tell({notices: [...told.notices, ...notices]});
        showWork();
    },
    notice({notice}) {
        tell({notices: [...told.notices, notice]});
    },
    loading({share}) {
        picture.loaded = share;
        showWork();
    },
    progress({done, total}) {
        picture.firstTile ??= performance.now();
        picture.progress = {done, total};
        showWork();
    },
    async finished(result) {
        picture.result = {...result, seconds: (performance.now() - picture.started) / 1000};
        if (result.isHalf) tell({notices: [...told.notices, "shown_smaller"]});
        await showResult();
        await keep(); // not before: it would fetch while the visitor waits
    },
    failed({key, values}) {
        const {name} = picture.file;
        picture = null;
        forgetPictures();
        tell({failure: {key, values, name}, notices: []});
        showWork();
        focusOn("choose");
    },
};

// When the element that had the focus has gone; nobody is torn away from another.
function focusOn(id) {
    const active = document.activeElement;
    if (active === document.body || !active?.checkVisibility?.()) element(id).focus({preventScroll: true});
}

function tell(news) {
    told = {failure: null, notices: [], ...told, ...news};
    const {failure, notices} = told;
    element("failure").hidden = !failure;
    element("failure").textContent = failure
        ? text("failed", {name: failure.name, reason: text(failure.key, failure.values)})
        : "";
    element("notices").hidden = !notices.length;
    element("notices").textContent = [...new Set(notices)].map((key) => text(key)).join(" ");
}

function showWork() {
    const isWorking = picture !== null && !picture.result;
    document.body.classList.toggle("busy", isWorking);
    element("work").hidden = !isWorking;
    element("intake").hidden = picture !== null;
    if (!isWorking) return;
    const {progress, width, loaded} = picture;
    element("work-picture").hidden = !addresses.length;
    if (addresses.length) element("work-picture").src = addresses[0];
    const bar = element("progress");
    const isLoading = !progress && loaded < 1;
    if (progress?.done || isLoading) bar.value = isLoading ? loaded : progress.done / progress.total;
    else bar.removeAttribute("value");
    if (progress) element("work-text").textContent = workText(progress);
    else if (isLoading) element("work-text").textContent = text("loading", {percent: Math.floor(100 * loaded)});
    else element("work-text").textContent = text(width ? "preparing" : "opening", {name: picture.file.name});
}

function workText({done, total}) {
    const percent = Math.round((100 * done) / total);
    const left = ((performance.now() - picture.firstTile) / 1000 / done) * (total - done);
    // Of the first tile nobody can tell how long the others take.
    if (done < 2 || left < 1) return text("working", {percent, done, total});
    return text("working_left", {percent, done, total, left: duration(Math.ceil(left))});
}

function duration(seconds) {
    if (seconds >= 100) return text("minutes", {count: Math.round(seconds / 60)});
    return text("seconds", {count: seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)});
}

async function showResult() {
    const {result} = picture;
    addresses.push(...[result.shown, result.png].map((blob) => URL.createObjectURL(blob)));
    const [small, shown, png] = addresses;
    const download = element("download");
    download.href = png;
    download.download = `${picture.file.name.replace(/\.[^.]+$/, "") || "picture"}_${model.scale}x.png`;
    setZoom(false);
    showWork();
    element("result").hidden = false;
    describeResult();
    await comparison.show({before: small, after: shown, width: result.width, height: result.height});
    focusOn("download");
    element("announcement").textContent = text("finished_status", {new_width: result.width, new_height: result.height});
}

function describeResult() {
    if (!picture?.result) return;
    const {width, height, result, file} = picture;
    const megabytes = result.png.size / 1e6;
    const values = {
        width,
        height,
        new_width: result.width,
        new_height: result.height,
        size: megabytes < 1 ? `${Math.ceil(megabytes * 1000)} kB` : `${megabytes.toFixed(1)} MB`,
        seconds: duration(result.seconds),
    };
    element("facts-name").textContent = file.name;
    element("facts-size").textContent = text("finished", values);
    comparison.describe(text("alt_before"), text("alt_after"));
}

function setZoom(isZoomed) {
    element("zoom").setAttribute("aria-pressed", isZoomed);
    comparison.zoom(isZoomed);
}

function forgetPictures() {
    for (const address of addresses) URL.revokeObjectURL(address);
    addresses = [];
}

function another() {
    picture = null;
    element("result").hidden = true;
    forgetPictures();
    tell({failure: null, notices: []});
    showWork();
    focusOn("choose");
}

function fillTexts() {
    fillPage({scale: model.scale, most: MOST_MEGAPIXELS});
    const other = element("language");
    [other.textContent, other.lang] = language === "en" ? ["中文", "zh-Hans"] : ["English", "en"];
    element("model-licence").textContent = text("model_licence", model);
    const select = element("model");
    const chosen = Math.max(0, select.selectedIndex);
    select.replaceChildren(
        ...offered.map(({precision, accelerator}) => {
            return new Option(`${text(`precision_${precision}`)} · ${text(`on_${accelerator}`)}`);
        }),
    );
    select.selectedIndex = chosen;
    showModelHint();
    if (told) tell({});
    showWork();
    describeResult();
}

function showModelHint() {
    element("model-hint").textContent = text(`hint_${offered[element("model").selectedIndex].accelerator}`);
}

function watchPage() {
    const intake = {button: element("choose"), input: element("file"), hint: element("drop-hint")};
    watchIntake(intake, (files) => {
        start(files[0]);
        if (files.length > 1) tell({notices: ["first_file_only"]});
    });
    element("stop").addEventListener("click", stop);
    element("another").addEventListener("click", another);
    element("zoom").addEventListener("click", () => setZoom(!comparison.isZoomed));
    element("language").addEventListener("click", async () => {
        await switchLanguage();
        fillTexts();
    });
    element("model").addEventListener("change", () => {
        showModelHint();
        if (picture) start(picture.file);
    });
    element("denoise").addEventListener("change", () => picture && start(picture.file));
    const example = element("example");
    example.hidden = !model.example;
    example.addEventListener("click", async () => {
        const response = await fetch(model.example);
        start(new File([await response.blob()], model.example));
    });
}

let isKeeping = false;

// Everything the page needs, kept for the time without a connection.
async function keep() {
    if (isKeeping || !navigator.serviceWorker) return;
    isKeeping = true;
    const onNewer = (use) => {
        element("newer").hidden = false;
        element("newer").onclick = use;
    };
    try {
        await keepOffline({onNewer, mayReload: () => !picture});
        element("offline").hidden = false;
    } catch {
        isKeeping = false; // without it the page works as long as there is a connection
    }
}

async function main() {
    await loadLanguage();
    const [networks, graphics] = await Promise.all([loadNetworks(), findGraphics()]);
    model = networks;
    offered = choices(model, graphics);
    worker = startWorker(new URL("engine/worker.js", import.meta.url).href, "module");
    worker.onmessage = ({data}) => data.job === job && answers[data.kind](data);
    worker.onerror = (event) => picture && answers.failed({key: "engine", values: {detail: event.message}});
    element("denoise-setting").hidden = !model.denoise;
    fillTexts();
    watchPage();
    document.body.dataset.ready = "";
    if (await isKept()) await keep();
}

main().catch((error) => {
    element("failure").hidden = false;
    element("failure").textContent = text("page", {detail: error.message});
});
