import { readRequest, run$3 as run } from "./action-pipeline.js";

export { readRequest, run };
