// node thumbnails_page.mjs PAGE.html CHROMIUM there|lost: the pictures that lie beside the page are shown, each in its own row;
// of those that were lost the name stands in their place.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

const [file, chromium, which] = process.argv.slice(2);
const browser = await openBrowser(chromium);
try {
    const page = await browser.newPage();
    await page.look({ width: 1280 });
    await page.open(pathToFileURL(file).href);
    // The last sample has no place in the page.
    await page.evaluate(`(document.querySelector("#gallery-search").value = "s199", document.querySelector("#gallery-search").dispatchEvent(new Event("input")), true)`);
    await page.settle();
    const found = await page.evaluate(`Promise.all([...document.querySelectorAll(".rows .sample figure")].map(async (each) => {
        const image = each.querySelector("img");
        if (!image) return each.textContent;
        await image.decode().catch(() => {});
        if (!image.isConnected) return each.textContent;
        return image.getAttribute("src") + " " + image.naturalWidth;
    }))`);
    // degraded, three methods, reference
    const places = ["000099-3.jpg", "000099-0.jpg", "000099-1.jpg", "000099-2.jpg", "000099-4.jpg"];
    assert.equal(found.length, places.length, found.join("\n"));
    for (const [i, text] of found.entries()) {
        if (which === "there") assert.equal(text, `thumbnails/${places[i]} 64`);
        else assert.match(text, new RegExp(`thumbnails/${places[i]}: there is no such file beside this page`));
    }
    const folder = pathToFileURL(dirname(file)).href;
    for (const url of page.requests) assert.ok(url.startsWith("data:") || url.startsWith(folder), url);
    if (which === "there") assert.deepEqual(page.complaints, []);
} finally {
    await browser.close();
}
