// The page of a run: its tables are there already (reports/html.cpp), the script sorts and filters them, and draws the
// rest.
import { pageData } from "../dom.ts";
import { mountCharts } from "../report/charts.ts";
import { Run } from "../report/data.ts";
import { mountGallery } from "../report/gallery.ts";
import { MethodChoice } from "../report/methods.ts";
import { enhanceTables } from "../report/tables.ts";
import "./report.css";

const run = new Run(pageData());
const choice = new MethodChoice(run.methods);
const place = (id: string) => document.getElementById(id)!;
if (run.methods.length > 0) document.querySelector("header")?.after(choice.element);
enhanceTables(choice);
mountCharts(run, choice, place("charts"));
mountGallery(run, choice, place("pictures"));
