import { keyFile, lines, type SnippetCall } from "./snippet.ts";

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** PHP 7 or newer with openssl and curl. */
export function phpSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const body =
    files.length === 0
      ? "$body = http_build_query($parameters);"
      : `$body = $parameters;
${files.map(({ name, fileName }) => `$body[${quoted(name)}] = new CURLFile(${quoted(fileName)});`).join("\n")}`;
  return `<?php
$parameters = [
${lines(parameters, (name, value) => `    ${quoted(name)} => ${quoted(value)},`)}
    'timestamp' => (new DateTime('now', new DateTimeZone('Asia/Shanghai')))->format('Y-m-d H:i:s'),
];
ksort($parameters, SORT_STRING);
$pairs = [];
foreach ($parameters as $name => $value) {
    if ($value !== '') {
        $pairs[] = "$name=$value";
    }
}
openssl_sign(implode('&', $pairs), $signature, openssl_pkey_get_private(file_get_contents(${quoted(keyFile)})),
    ${signType === "RSA2" ? "OPENSSL_ALGO_SHA256" : "OPENSSL_ALGO_SHA1"});
$parameters['sign'] = base64_encode($signature);

${body}
$curl = curl_init(${quoted(gateway)});
curl_setopt_array($curl, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true]);
echo curl_exec($curl), "\\n";
`;
}
