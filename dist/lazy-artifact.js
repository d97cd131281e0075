import { ArtifactNotFoundError, DefaultArtifactClient, FilesNotFoundError, GHESNotSupportedError, InvalidResponseError, NetworkError, UsageError } from "./artifact.js";

export { DefaultArtifactClient, GHESNotSupportedError };
