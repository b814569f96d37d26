// node report_page.mjs PAGE.html CHROMIUM: drives the page that tests/reports/page_test.cpp makes, and ends with 1 where
// it isn't as it should be.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

const [file, chromium] = process.argv.slice(2);
await drive(file, chromium, async (page) => {
    for (const check of [checkNames, checkTables, checkChoice, checkCharts, checkGallery, checkViewer, checkLook]) await check(page);
});

async function type(page, selector, text) {
    await page.evaluate(`(() => { const e = document.querySelector("${selector}"); e.value = ${JSON.stringify(text)}; e.dispatchEvent(new Event("input")); })()`);
    await page.settle();
}

async function click(page, selector) {
    await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
    await page.settle();
}

function focus(page, selector) {
    return page.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);
}

async function checkNames({ evaluate }) {
    assert.equal(await evaluate(`document.querySelectorAll("img:not([src^='data:image/'])").length`), 0);
    assert.equal(await evaluate(`document.querySelectorAll("script").length`), 2);
    assert.match(await evaluate(`document.querySelectorAll(".method")[2].textContent`), /a\|b <script>alert\(2\)<\/script>/);
    assert.match(await evaluate(`document.querySelector(".rows .heading").textContent`), /"><img src=x onerror=alert\(1\)>/);
    // Everything that takes the focus has a name.
    assert.deepEqual(await evaluate(`[...document.querySelectorAll("input, select, button, [tabindex='0'][role]")].filter((e) => !(e.ariaLabel || e.labels?.[0]?.textContent || e.textContent || document.getElementById(e.getAttribute("aria-labelledby")))).map((e) => e.outerHTML)`), []);
}

async function checkTables(page) {
    const { evaluate, press } = page;
    const order = () => evaluate(`[...document.querySelector("table.results").tBodies[0].rows].map((row) => row.cells[0].querySelector(".badge").textContent).join()`);
    const sorted = () => evaluate(`[...document.querySelectorAll("table.results")[0].tHead.rows[0].cells].map((cell) => cell.getAttribute("aria-sort"))`);
    assert.equal(await order(), "1,2,3");
    await evaluate(`[...document.querySelectorAll("table.results")[0].tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("psnr")).querySelector("button").focus()`);
    await press(" ");
    assert.equal(await order(), "3,2,1"); // 30.5, 24.9, 24.1: the best first
    assert.deepEqual((await sorted()).filter(Boolean), ["descending"]);
    await press(" ");
    assert.equal(await order(), "1,2,3");
    assert.deepEqual((await sorted()).filter(Boolean), ["ascending"]);
    await press(" ");
    assert.deepEqual((await sorted()).filter(Boolean), []);
    // Lower is better: ascending at first; what has no number is last both ways.
    await evaluate(`[...document.querySelectorAll("table.results")[0].tHead.rows[0].cells].find((cell) => cell.textContent.startsWith("identity.distance")).querySelector("button").focus()`);
    await press(" ");
    assert.equal(await order(), "2,1,3");
    await press(" ");
    assert.equal(await order(), "1,2,3");
    await press(" ");
    assert.ok(await evaluate(`Number(document.querySelector("[data-share]").style.getPropertyValue("--share")) > 0`));
}

async function checkChoice(page) {
    const { evaluate } = page;
    const rows = () => evaluate(`[...document.querySelector("table.results").tBodies[0].rows].filter((row) => row.checkVisibility()).length`);
    const pictures = () => evaluate(`document.querySelectorAll(".rows .sample")[0].querySelectorAll("figure").length`);
    assert.deepEqual([await rows(), await pictures()], [3, 4]); // the reference too
    await type(page, "#method-search", "OPENCV");
    assert.deepEqual([await rows(), await pictures()], [1, 2]);
    await type(page, "#method-search", "nobody");
    assert.equal(await evaluate(`document.querySelector(".choice [role=status]").textContent`), "No method is chosen.");
    await type(page, "#method-search", "");
    await click(page, ".method input");
    assert.deepEqual([await rows(), await pictures()], [2, 3]);
    await click(page, ".method input");
    assert.deepEqual([await rows(), await pictures()], [3, 4]);
}

async function checkCharts(page) {
    const { evaluate, press } = page;
    const read = () => evaluate(`document.activeElement.getAttribute("aria-valuetext")`);
    assert.deepEqual(await evaluate(`[...document.querySelectorAll(".panel b")].slice(0, 4).map((b) => b.textContent)`), ["psnr", "identity.cosine", "identity.distance", "nme_interocular"]);
    assert.equal(await evaluate(`[...document.querySelectorAll(".panel")].filter((p) => p.checkVisibility() && !p.querySelector("svg circle, svg path")).length`), 0);
    await focus(page, ".panel .drawing");
    await press("ArrowRight");
    assert.equal(await read(), "1 · 24.13 (23.50 to 24.90), n 2 · degraded");
    await press("End");
    assert.match(await read(), /^3 · 30\.50 \(30\.20 to 30\.80\), n 2 · outputs/);
    assert.equal(await evaluate(`document.querySelectorAll(".mark circle").length`), 1);
    await press("Escape");
    assert.equal(await evaluate(`document.querySelectorAll(".mark circle").length`), 0);
    await click(page, "input[value=pictures]");
    await focus(page, ".panel .drawing");
    await press("ArrowRight");
    assert.match(await read(), /^1 · median [\d.]+, half of \d+ in [\d.]+ to [\d.]+, nine tenths in/);
    await press("Escape");
    await click(page, "input[value=means]");
    const box = await evaluate(`(({ left, top, width }) => ({ left, top, width }))((() => { const d = document.querySelector(".panel .drawing"); d.scrollIntoView({ block: "center" }); return d.getBoundingClientRect(); })())`);
    await page.pointAt(box.left + box.width - 14, box.top + 6 + 50);
    assert.match(await evaluate(`document.querySelector(".panel .reading").value`), /^3 · 30\.50/);
    await page.pointAt(2, 2);
    assert.equal(await evaluate(`document.querySelector(".panel .reading").value`), "");
    // One value against another: another choice is another chart.
    const title = () => evaluate(`document.querySelector(".wide .panel b").textContent`);
    const before = await title();
    await evaluate(`(() => { const menu = document.querySelector("#charts .menus select"); menu.selectedIndex += 1; menu.dispatchEvent(new Event("change")); })()`);
    await page.settle();
    assert.notEqual(await title(), before);
    // A chart as a file needs no style sheet.
    const saved = await evaluate(`(() => {
        document.addEventListener("click", (event) => event.preventDefault(), { once: true });
        const link = document.querySelector(".panel .save");
        link.click();
        const svg = new DOMParser().parseFromString(decodeURIComponent(link.href.split(",").slice(1).join()), "image/svg+xml");
        return [link.download, svg.querySelector("text").textContent, svg.querySelectorAll("script, parsererror, [stroke*=var], [fill*=var]").length,
            [...svg.querySelectorAll("text")].slice(-3).map((text) => text.textContent).join("; ")];
    })()`);
    assert.deepEqual(saved.slice(0, 3), ["psnr.svg", "psnr (dB)", 0]);
    // Its lines are numbers: the key says whose.
    assert.match(saved[3], /^1 degraded; 2 opencv-denoise; 3 outputs:dir=/);
    // An interval from 0 to 0 has no width.
    assert.ok(await evaluate(`Math.max(...[...[...document.querySelectorAll(".panel")].find((p) => p.querySelector("b").textContent === "failure_rate").querySelectorAll("[aria-label=rule] line, line[aria-label=rule]")].map((l) => Math.abs(l.getAttribute("x2") - l.getAttribute("x1"))), 0) < 3`));
    // Every tick of a logarithm has its number.
    assert.equal(await evaluate(`(() => { const svg = document.querySelector(".wide .panel svg"); return svg.querySelectorAll("[aria-label='x-axis tick'] path").length - [...svg.querySelectorAll("[aria-label='x-axis tick label'] text")].filter((t) => t.textContent).length; })()`), 0);
    // A curve says over how many it is.
    assert.equal(await evaluate(`[...document.querySelectorAll(".panel")].find((p) => p.querySelector("b").textContent === "landmarks: faces below an error").querySelector(".under").textContent`), "1: 3 faces; 2: 2 faces");
}

async function checkGallery(page) {
    const { evaluate, press } = page;
    const names = () => evaluate(`[...document.querySelectorAll(".rows .name")].map((b) => b.textContent).join()`);
    await evaluate(`document.querySelector("#pictures").scrollIntoView()`);
    await page.settle();
    assert.equal(await names(), "a,b,c<i>");
    assert.equal(await evaluate(`document.querySelectorAll(".rows .sample")[0].querySelector(".absent").textContent`), "failed: restore: no picture | for this sample");
    await click(page, "#gallery-failures");
    assert.equal(await names(), "a");
    await click(page, "#gallery-failures");
    await type(page, "#gallery-search", "C<");
    assert.equal(await names(), "c<i>");
    assert.match(await evaluate(`document.querySelector("#gallery-count").textContent`), /^1 of 3 samples\./);
    await type(page, "#gallery-search", "");
    const choose = (text) => evaluate(`(() => { const menu = document.querySelector("#gallery-order"); menu.selectedIndex = [...menu.options].findIndex((o) => o.text.startsWith(${JSON.stringify(text)})); menu.dispatchEvent(new Event("change")); })()`);
    await choose("worst by 2");
    await page.settle();
    const worst = await names();
    await choose("best by 2");
    await page.settle();
    assert.equal(await names(), worst.split(",").reverse().join());
    // Of a value that has no better and no worse.
    const value = (name) => evaluate(`(() => { const menu = document.querySelector("#gallery-value"); menu.selectedIndex = ${name} === null ? 0 : [...menu.options].findIndex((o) => o.text.startsWith(${name})); menu.dispatchEvent(new Event("change")); })()`);
    const orders = () => evaluate(`[...document.querySelectorAll("#gallery-order option")].map((o) => o.text).join("\\n")`);
    assert.match(await orders(), /best by 2.*worst by 2.*largest gain over/s);
    await value(`"landmarks.tilt"`);
    await page.settle();
    assert.match(await orders(), /highest by 2.*lowest by 2.*furthest above.*furthest below/s);
    assert.doesNotMatch(await orders(), /best|worst|gain|loss/);
    await value(null);
    await choose("name");
    await page.settle();
    await focus(page, ".rows .name");
    await press("ArrowDown");
    assert.equal(await evaluate("document.activeElement.textContent"), "b");
    await press("End");
    assert.equal(await evaluate("document.activeElement.textContent"), "c<i>");
}

async function checkViewer(page) {
    const { evaluate, press } = page;
    const open = () => evaluate(`document.querySelector(".viewer").open`);
    const title = () => evaluate(`document.querySelector(".viewer h3").textContent`);
    const scales = () => evaluate(`[...new Set([...document.querySelectorAll(".viewer .moved")].map((e) => e.style.transform))]`);
    await focus(page, ".rows .name");
    await press(" ");
    assert.ok(await open());
    assert.equal(await title(), "a");
    assert.equal(await evaluate(`document.querySelectorAll(".viewer tbody tr").length`), await evaluate(`document.querySelectorAll("#gallery-value option").length`));
    assert.equal(await evaluate(`document.querySelector(".viewer .failure").textContent.slice(1)`), " failed: restore: no picture | for this sample");
    assert.equal(await evaluate(`document.querySelector(".viewer tbody abbr").title`), "infinite: the pictures are equal");
    // The slider, by the keyboard.
    await focus(page, ".viewer .cut");
    await press("ArrowRight");
    assert.equal(await evaluate(`document.querySelector(".viewer .compared").style.getPropertyValue("--cut")`), "51%");
    // Zoom, the same in every picture.
    await press("+");
    assert.deepEqual(await scales(), ["translate(-50%, -50%) scale(2)"]);
    await click(page, ".viewer input[value=side]");
    assert.equal(await evaluate(`document.querySelectorAll(".viewer .stage figure").length`), 4);
    assert.deepEqual(await scales(), ["translate(-50%, -50%) scale(2)"]);
    await focus(page, ".viewer button");
    await press("ArrowRight");
    assert.deepEqual(await scales(), ["translate(-60%, -50%) scale(2)"]);
    await press("0");
    assert.deepEqual(await scales(), ["translate(0%, 0%) scale(1)"]);
    await press("n");
    assert.equal(await title(), "b");
    await click(page, ".viewer input[value=difference]");
    assert.equal(await evaluate(`document.querySelector(".viewer .amplified").style.getPropertyValue("--gain")`), "4");
    assert.equal(await evaluate(`getComputedStyle(document.querySelector(".viewer .subtracted")).mixBlendMode`), "difference");
    await press("Escape");
    assert.ok(!await open());
    assert.equal(await evaluate("document.activeElement.textContent"), "a"); // where it was opened
    await press(" ");
    await page.look({ width: 400 });
    assert.ok(await evaluate(`document.querySelector(".viewer").scrollWidth <= document.querySelector(".viewer").clientWidth`), "the large view is wider than its window");
    await page.look({ width: 1280 });
    await press("Escape");
}

async function checkLook(page) {
    const { evaluate } = page;
    for (const width of [400, 1280]) {
        for (const dark of [false, true]) {
            await page.look({ width, dark });
            assert.ok(await evaluate("document.documentElement.scrollWidth <= innerWidth"), `wider than ${width}`);
            assert.equal(Number(await evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")) < 128, dark);
            assert.deepEqual(await evaluate(`[...document.querySelectorAll(".drawing")].filter((d) => d.checkVisibility() && Math.abs(d.querySelector("svg").getBoundingClientRect().width - d.clientWidth) >= 1).length`), 0);
        }
    }
}
