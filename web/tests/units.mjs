// node units.mjs: what the charts compute, without a browser.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

async function load(path) {
    const { outputFiles } = await build({
        entryPoints: [join(dirname(fileURLToPath(import.meta.url)), "../src", path)], bundle: true, format: "esm", write: false,
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { nearest, smoothed } = await load("charts/series.ts");
const { logTicks } = await load("charts/ticks.ts");
const { number, short, count } = await load("format.ts");
const close = (found, expected) => {
    assert.equal(found.length, expected.length);
    found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-12, `${i}: ${value}, not ${expected[i]}`));
};

// Weights of one half, a quarter ... of what lies one, two ... half-lives back, divided by their sum.
close(smoothed({ x: [10, 20, 30], y: [1, 2, 4] }, 10).y, [1, (0.5 + 2) / 1.5, (0.25 + 1 + 4) / 1.75]);
close(smoothed({ x: [10, 40], y: [1, 2] }, 10).y, [1, (1 / 8 + 2) / (1 + 1 / 8)]); // a gap of three half-lives
close(smoothed({ x: [1, 2, 3, 9], y: [5, 5, 5, 5] }, 100).y, [5, 5, 5, 5]);
assert.deepEqual(smoothed({ x: [1, 2], y: [3, 4] }, 0).y, [3, 4]);
assert.deepEqual(smoothed({ x: [], y: [] }, 5).y, []);

const series = { x: [0, 10, 30], y: [1, 1, 1] };
assert.deepEqual([-5, 0, 4, 6, 19, 21, 99].map((at) => nearest(series, at)), [0, 0, 0, 1, 1, 2, 2]);
assert.equal(nearest({ x: [7], y: [1] }, 0), 0);
assert.equal(nearest({ x: [], y: [] }, 0), -1);

assert.deepEqual(logTicks([0.04, 1.3]), [0.05, 0.1, 0.2, 0.5, 1]);
assert.deepEqual(logTicks([0.66, 0.91]), [0.7, 0.75, 0.8, 0.85, 0.9]);
assert.deepEqual(logTicks([3, 3]), [3]);
assert.ok(logTicks([1e-9, 1e9]).length <= 6);

assert.deepEqual([0.26341, -1.5, 0, 1234.5, 0.00002, 12345678, 26.117].map(number), ["0.2634", "−1.5", "0", "1,235", "2.00e−5", "1.23e+7", "26.12"]);
assert.deepEqual([0, 500, 1000, 1500, 24000, 2500000].map(short), ["0", "500", "1k", "1.5k", "24k", "2.5M"]);
assert.equal(count(12500), "12,500");
