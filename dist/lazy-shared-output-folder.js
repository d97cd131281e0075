import { checkReplaceable, recoverOutput, refuseLinkOut, replaceFolder, stageOutput } from "./shared.js";

export { refuseLinkOut };
