import { runMain } from "./frame.js";
import { action$4 as action } from "./inputs.js";
import { run } from "./action-mirror-repository.js";

// src/actions/mirror-repository/main.ts
await runMain(action, run);

export {  };
