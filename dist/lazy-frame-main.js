import { EXIT, explain, runAction, runMain, runProcess } from "./frame.js";

export { EXIT, explain, runAction, runMain, runProcess };
