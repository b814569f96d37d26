// node training_page.mjs PAGE.html CHROMIUM: drives the page that tests/reports/training_page_test.cpp makes, and ends
// with 1 where it isn't as it should be.
import assert from "node:assert/strict";
import { drive } from "./drive.mjs";

const [file, chromium] = process.argv.slice(2);
await drive(file, chromium, check);

async function check(page) {
    const { evaluate, press } = page;
    const first = "[data-stage='0']";
    const readouts = (stage = first) => evaluate(`[...document.querySelectorAll("${stage} .panel output")].map((o) => o.value)`);
    const paths = (kind) => evaluate(`[...document.querySelectorAll("${first} .${kind} [aria-label='line'] path")].map((p) => p.getAttribute("d")).join()`);
    const marks = (stage) => evaluate(`document.querySelectorAll("${stage} .mark line").length`);
    const where = () => evaluate(`document.querySelector("${first} .where").textContent`);
    const focus = (selector) => evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`);

    // What is drawn: three losses, two validations, three of the pace; and one loss of the second stage.
    assert.deepEqual(await evaluate(`[...document.querySelectorAll(".panel b")].map((b) => b.textContent)`),
        ["loss", "</script><script>alert(2)</script>", "gradient", "score", "psnr", "learning rate", "pictures/s", "waited for batches", "loss"]);
    assert.equal(await evaluate(`[...document.querySelectorAll(".panel svg")].filter((s) => [...s.querySelectorAll("path")].some((p) => p.getAttribute("d")?.length > 10)).length`), 9);
    assert.equal(await evaluate(`document.querySelectorAll("img:not([src^='data:image/'])").length + document.querySelectorAll("script").length`), 2);
    assert.equal(await evaluate(`document.querySelectorAll("style, [style*='url']").length`), 1);
    assert.match(await evaluate(`document.querySelectorAll("h2")[2].textContent`), /^"><img src=x onerror=alert\(1\)>$/);

    // Smoothing, by the keyboard. Without it a number is the log's own.
    const smooth = await paths("loss");
    await focus("#smoothing");
    await press("Home");
    assert.equal(await evaluate(`document.querySelector("#smoothing").nextSibling.value`), "none");
    assert.deepEqual(await readouts(), ["1.333", "0.3333", "0.5", "0.7", "23", "0.005", "8", "0.25"]);
    assert.notEqual(await paths("loss"), smooth);
    await press("ArrowRight");
    assert.equal(await evaluate(`document.querySelector("#smoothing").nextSibling.value`), "half-life 10 iterations");
    assert.equal(await paths("loss"), smooth);

    // The logarithm is for losses only.
    const validation = await paths("validation");
    await focus("#log");
    await press(" ");
    assert.notEqual(await paths("loss"), smooth);
    assert.equal(await paths("validation"), validation);
    await press(" ");
    assert.equal(await paths("loss"), smooth);

    // One cursor for all charts of a stage, by keys and by the mouse.
    assert.equal(await marks(first), 0);
    await focus(`${first} .validation .drawing`);
    await press("ArrowLeft");
    await press("ArrowLeft");
    assert.equal(await where(), "At iteration 200.");
    assert.equal(await marks(first), 8);
    assert.equal(await marks("[data-stage='1']"), 0);
    assert.deepEqual((await readouts()).slice(3), ["0.8", "22", "0.006667", "8", "0.25"]);
    assert.equal(await evaluate(`document.activeElement.getAttribute("aria-valuetext")`), "iteration 200: 0.8");
    await press("Home");
    assert.equal(await evaluate(`document.activeElement.getAttribute("aria-valuenow")`), "0");
    await press("Escape");
    assert.equal(await marks(first), 0);
    const box = await evaluate(`(({ left, right, top }) => ({ left, right, top }))(document.querySelector("${first} .loss .drawing").getBoundingClientRect())`);
    await page.pointAt((box.left + 52 + box.right - 10) / 2, box.top + 60);
    assert.equal(await where(), "At iteration 150.");
    await page.pointAt(2, 2);
    assert.match(await where(), /^The last values/);

    // A chart as a file: an SVG that needs no style sheet, with its name as text.
    const saved = await evaluate(`(() => {
        document.addEventListener("click", (event) => event.preventDefault(), { once: true });
        const link = document.querySelectorAll("${first} .save")[1];
        link.click();
        const svg = new DOMParser().parseFromString(decodeURIComponent(link.href.split(",").slice(1).join()), "image/svg+xml");
        return [link.download, svg.documentElement.namespaceURI, svg.querySelector("text").textContent, svg.querySelectorAll("script, parsererror, [stroke*=var], [fill*=var]").length];
    })()`);
    assert.deepEqual(saved, ["-script-script-alert-2-script-.svg", "http://www.w3.org/2000/svg", "</script><script>alert(2)</script> by iteration", 0]);

    // Pictures.
    const picture = () => evaluate(`document.querySelector("${first} .frames img").alt + "|" + document.querySelector("${first} .frames a").getAttribute("href")`);
    assert.match(await picture(), /iteration 300, best\|prior\/grids\/0000300\.png$/);
    const last = await evaluate(`document.querySelector("${first} .frames img").src`);
    await focus(`${first} .frames input`);
    await press("ArrowLeft");
    assert.match(await picture(), /iteration 200\|prior\/grids\/0000200\.png$/);
    assert.notEqual(await evaluate(`document.querySelector("${first} .frames img").src`), last);

    // Everything that takes the focus has a name.
    assert.deepEqual(await evaluate(`[...document.querySelectorAll("input, [tabindex='0'][role]")].filter((e) => !(e.ariaLabel || e.labels?.[0]?.textContent)).map((e) => e.outerHTML)`), []);

    // Nothing sticks out, and dark is dark.
    for (const width of [400, 1280]) {
        for (const dark of [false, true]) {
            await page.look({ width, dark });
            assert.ok(await evaluate("document.documentElement.scrollWidth <= innerWidth"), `wider than ${width}`);
            const paper = await evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]");
            assert.equal(Number(paper) < 128, dark);
            const svg = await evaluate(`document.querySelector(".drawing svg").getBoundingClientRect().width - document.querySelector(".drawing").clientWidth`);
            assert.ok(Math.abs(svg) < 1, `drawn ${svg} wider than its place`);
        }
    }
}
