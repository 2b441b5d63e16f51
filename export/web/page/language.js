// The page's words in English or Chinese.

const KEPT = "waifu4x.language";
const TAGS = {en: "en", zh: "zh-Hans"};

let texts = {};
export let language = "en";

// Loads the language chosen before, or the browser's.
export async function loadLanguage() {
    let kept = null;
    try {
        kept = localStorage.getItem(KEPT);
    } catch {
        // storage is switched off
    }
    const preferred = (navigator.languages?.[0] ?? navigator.language).toLowerCase();
    await use(kept in TAGS ? kept : preferred.startsWith("zh") ? "zh" : "en");
}

export async function switchLanguage() {
    await use(language === "en" ? "zh" : "en");
    try {
        localStorage.setItem(KEPT, language);
    } catch {
        // remembered until the page is closed
    }
}

async function use(newLanguage) {
    const response = await fetch(new URL(`texts/${newLanguage}.json`, import.meta.url));
    texts = await response.json();
    language = newLanguage;
    document.documentElement.lang = TAGS[language];
}

// The text of a key, with {names} filled in.
export function text(key, values = {}) {
    return (texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Fills every element that names a text.
export function fillPage(values) {
    for (const element of document.querySelectorAll("[data-text]")) {
        element.textContent = text(element.dataset.text, values);
    }
    for (const element of document.querySelectorAll("[data-label]")) {
        element.setAttribute("aria-label", text(element.dataset.label, values));
    }
}
