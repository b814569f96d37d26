// A page in a browser of its own, driven by `check`; afterwards its console must be empty, and it may have asked for
// nothing but itself.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

// `check` is given the page and how many milliseconds it took to open.
export async function drive(file, chromium, check) {
    const browser = await openBrowser(chromium);
    try {
        const page = await browser.newPage();
        const url = pathToFileURL(file).href;
        await page.look({ width: 1280 });
        const start = performance.now();
        await page.open(url);
        await check(page, Math.round(performance.now() - start));
        assert.deepEqual(page.complaints, []);
        assert.deepEqual(page.requests.filter((each) => !each.startsWith("data:")), [url]);
    } finally {
        await browser.close();
    }
}
