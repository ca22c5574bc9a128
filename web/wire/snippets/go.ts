import { keyFile, lines, quoted, type SnippetCall } from "./snippet.ts";

/** Go 1.16 or newer, without modules: `go run call.go`. */
export function goSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const hasFiles = files.length > 0;
  const [pack, hash, sum] = signType === "RSA2" ? ["sha256", "SHA256", "Sum256"] : ["sha1", "SHA1", "Sum"];
  const imports = [
    ...(hasFiles ? ["bytes"] : []),
    "crypto",
    "crypto/rand",
    "crypto/rsa",
    `crypto/${pack}`,
    "crypto/x509",
    "encoding/base64",
    "encoding/pem",
    "fmt",
    "io",
    ...(hasFiles ? ["mime/multipart"] : []),
    "net/http",
    ...(hasFiles ? [] : ["net/url"]),
    "os",
    "sort",
    "strings",
    "time",
  ];
  const send = hasFiles
    ? `	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range parameters {
		form.WriteField(name, value)
	}
${files
  .map(
    ({ name, fileName }) => `	{
		part, _ := form.CreateFormFile(${quoted(name)}, ${quoted(fileName)})
		content, err := os.ReadFile(${quoted(fileName)})
		if err != nil {
			panic(err)
		}
		part.Write(content)
	}`,
  )
  .join("\n")}
	form.Close()
	reply, err := http.Post(${quoted(gateway)}, form.FormDataContentType(), &body)`
    : `	form := url.Values{}
	for name, value := range parameters {
		form.Set(name, value)
	}
	reply, err := http.PostForm(${quoted(gateway)}, form)`;
  return `package main

import (
${imports.map((name) => `	"${name}"`).join("\n")}
)

func main() {
	parameters := map[string]string{
${lines(parameters, (name, value) => `		${quoted(name)}: ${quoted(value)},`)}
		"timestamp": time.Now().In(time.FixedZone("Beijing", 8*3600)).Format("2006-01-02 15:04:05"),
	}
	var pairs []string
	for name, value := range parameters {
		if value != "" {
			pairs = append(pairs, name+"="+value)
		}
	}
	sort.Slice(pairs, func(i, j int) bool {
		return strings.SplitN(pairs[i], "=", 2)[0] < strings.SplitN(pairs[j], "=", 2)[0]
	})

	text, err := os.ReadFile(${quoted(keyFile)})
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	digest := ${pack}.${sum}([]byte(strings.Join(pairs, "&")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.${hash}, digest[:])
	if err != nil {
		panic(err)
	}
	parameters["sign"] = base64.StdEncoding.EncodeToString(signature)

${send}
	if err != nil {
		panic(err)
	}
	defer reply.Body.Close()
	answer, _ := io.ReadAll(reply.Body)
	fmt.Println(string(answer))
}
`;
}
