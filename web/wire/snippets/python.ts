import { keyFile, lines, quoted, type SnippetCall } from "./snippet.ts";

/** Python 3.8 or newer; openssl signs, so that no package is needed. */
export function pythonSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const send =
    files.length === 0
      ? `request = urllib.request.Request(${quoted(gateway)}, urllib.parse.urlencode(parameters).encode())`
      : `boundary = uuid.uuid4().hex
body = b""
for name, value in parameters.items():
    body += f'--{boundary}\\r\\nContent-Disposition: form-data; name="{name}"\\r\\n\\r\\n{value}\\r\\n'.encode()
for name, file_name in [${files.map(({ name, fileName }) => `(${quoted(name)}, ${quoted(fileName)})`).join(", ")}]:
    body += f'--{boundary}\\r\\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\\r\\n'.encode()
    body += b"Content-Type: application/octet-stream\\r\\n\\r\\n" + open(file_name, "rb").read() + b"\\r\\n"
body += f"--{boundary}--\\r\\n".encode()
request = urllib.request.Request(
    ${quoted(gateway)}, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})`;
  return `import base64, datetime, subprocess, urllib.parse, urllib.request${files.length === 0 ? "" : ", uuid"}

beijing = datetime.timezone(datetime.timedelta(hours=8))
parameters = {
${lines(parameters, (name, value) => `    ${quoted(name)}: ${quoted(value)},`)}
    "timestamp": datetime.datetime.now(beijing).strftime("%Y-%m-%d %H:%M:%S"),
}
string_to_sign = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters) if parameters[name] != "")
signature = subprocess.run(
    ["openssl", "dgst", ${quoted(signType === "RSA2" ? "-sha256" : "-sha1")}, "-sign", ${quoted(keyFile)}],
    input=string_to_sign.encode("utf-8"), stdout=subprocess.PIPE, check=True).stdout
parameters["sign"] = base64.b64encode(signature).decode()

${send}
print(urllib.request.urlopen(request).read().decode("utf-8"))
`;
}
