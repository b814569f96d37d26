// node long_report_page.mjs PAGE.html CHROMIUM SAMPLES: a page of thousands of samples has few of them at a time, and every
// one can be reached. Says how long it took to open.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";

const [file, chromium, samples] = process.argv.slice(2);
const browser = await openBrowser(chromium);
try {
    const page = await browser.newPage();
    await page.look({ width: 1280 });
    const start = performance.now();
    await page.open(pathToFileURL(file).href);
    console.log(`opened in ${Math.round(performance.now() - start)} ms`);
    const rows = () => page.evaluate(`document.querySelectorAll(".rows .sample").length`);
    const last = () => page.evaluate(`[...document.querySelectorAll(".rows .sample")].at(-1).getAttribute("aria-posinset")`);
    await page.evaluate(`document.querySelector("#pictures").scrollIntoView()`);
    await page.settle();
    assert.ok(await rows() < 60, `${await rows()} rows at once`);
    await page.evaluate(`document.querySelector(".rows .name").focus()`);
    await page.press("End");
    assert.equal(await last(), samples);
    assert.equal(await page.evaluate(`document.activeElement.closest(".sample").getAttribute("aria-posinset")`), samples);
    assert.ok(await rows() < 60, `${await rows()} rows at once`);
    await page.press("Home");
    assert.equal(await page.evaluate(`document.activeElement.closest(".sample").getAttribute("aria-posinset")`), "1");
    assert.deepEqual(page.complaints, []);
} finally {
    await browser.close();
}
