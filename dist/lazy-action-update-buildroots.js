import { run$2 as run } from "./action-pipeline.js";

export { run };
