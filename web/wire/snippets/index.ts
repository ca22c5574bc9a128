import { csharpSnippet } from "./csharp.ts";
import { curlSnippet } from "./curl.ts";
import { goSnippet } from "./go.ts";
import { javaSnippet } from "./java.ts";
import { nodeSnippet } from "./node.ts";
import { phpSnippet } from "./php.ts";
import { pythonSnippet } from "./python.ts";
import type { SnippetCall } from "./snippet.ts";

/** The same call in each language: its name, the file to write it to, and how it is run. */
export const snippets = [
  { key: "curl", title: "curl", fileName: "call.sh", run: "sh call.sh", make: curlSnippet },
  { key: "node", title: "Node", fileName: "call.mjs", run: "node call.mjs", make: nodeSnippet },
  { key: "java", title: "Java", fileName: "Call.java", run: "java Call.java", make: javaSnippet },
  { key: "php", title: "PHP", fileName: "call.php", run: "php call.php", make: phpSnippet },
  { key: "python", title: "Python", fileName: "call.py", run: "python3 call.py", make: pythonSnippet },
  { key: "go", title: "Go", fileName: "call.go", run: "go run call.go", make: goSnippet },
  { key: "csharp", title: "C#", fileName: "Program.cs", run: "dotnet run", make: csharpSnippet },
] as const satisfies readonly {
  key: string;
  title: string;
  fileName: string;
  run: string;
  make: (call: SnippetCall) => string;
}[];
