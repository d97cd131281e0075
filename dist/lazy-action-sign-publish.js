import { run$1 as run } from "./action-pipeline.js";

export { run };
