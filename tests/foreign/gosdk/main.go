// argument: the gateway's address; stdin: CloudEvents in JSON, one a line
// stdout: of each, in the binary and in the structured mode, what was answered.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var said event.Event
		must(json.Unmarshal(lines.Bytes(), &said))
		for _, mode := range []func(context.Context) context.Context{
			binding.WithForceBinary, binding.WithForceStructured,
		} {
			request, err := http.NewRequest("POST", os.Args[1]+"/statements", nil)
			must(err)
			must(cehttp.WriteRequest(mode(context.Background()), binding.ToMessage(&said), request))
			answer, err := http.DefaultClient.Do(request)
			must(err)
			body, err := io.ReadAll(answer.Body)
			must(err)
			var receipt struct{ Verdict string }
			must(json.Unmarshal(body, &receipt))
			fmt.Println(answer.StatusCode, receipt.Verdict)
		}
	}
}
