// node long_report_page.mjs PAGE.html CHROMIUM SAMPLES: a page of thousands of samples has few of them at a time, and every
// one can be reached. Says how long it took to open.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

const [file, chromium, samples] = process.argv.slice(2);
await drive(file, chromium, async (page, milliseconds) => {
    console.log(`opened in ${milliseconds} ms`);
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
    // Which pictures are dots.
    await page.evaluate(`document.querySelector("input[value=pictures]").click()`);
    await page.settle();
    const each = Math.ceil(Number(samples) / 600);
    assert.equal(await page.evaluate(`document.querySelector(".panel .under").textContent`),
        `In the order of the value of ${Number(samples).toLocaleString("en-US")} pictures every ${each}th is a dot, and the highest.`);
});
