// An error that the page has words for: a key of texts/*.json and the values its sentence names.

export class PictureError extends Error {
    constructor(key, values = {}) {
        super(key);
        this.key = key;
        this.values = values;
    }
}
