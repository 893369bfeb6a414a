// Command build prepares what browsers load: it bundles the TypeScript of
// web/src, minifies the style sheets, compiles the voucher verifier to
// WebAssembly, and lays everything into web/dist, which the program embeds.
//
// Each file's name carries a hash of its content, so a browser may keep it for
// ever; manifest.json says which plain name ("window.js") is which file. Beside
// a file that shrinks well lies its gzip form, so that a small station box need
// not compress the same bytes for every passenger.
//
// Run it from the module's root after `npm ci` in web/: go run ./web/build
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	sources = "web/src"
	target  = "web/dist"
	modules = "web/node_modules"
)

// styles of other houses, by the plain name pages ask for.
var styles = map[string]string{
	"weui.css":   modules + "/weui/dist/style/weui.min.css",
	"tabler.css": modules + "/@tabler/core/dist/css/tabler.min.css",
}

// purged is the style of which only what our pages use is served.
const purged = "weui.css"

// scripts that are served as they are: they put one name on the global object.
var scripts = map[string]string{
	"htmx.js": modules + "/htmx.org/dist/htmx.min.js",
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "web/build:", err)
		os.Exit(1)
	}
}

func run() error {
	out, err := newShelf(target)
	if err != nil {
		return err
	}
	if err := bundle(out); err != nil {
		return err
	}
	if err := compile(out); err != nil {
		return err
	}
	if err := pinned(out, append(codeFiles, faceFiles...)); err != nil {
		return err
	}
	for name, path := range scripts {
		if err := out.copy(name, path); err != nil {
			return fmt.Errorf("%w (run scripts/setup.sh first)", err)
		}
	}
	return out.close()
}

// bundle builds every entry: each .ts and .css file directly in web/src is one
// page's script or style; what it imports may lie in folders below.
func bundle(out *shelf) (err error) {
	entries := []api.EntryPoint{}
	for name, path := range styles {
		if name == purged {
			if path, err = purgeInto(target, path); err != nil {
				return err
			}
		}
		entries = append(entries, api.EntryPoint{InputPath: path, OutputPath: strings.TrimSuffix(name, ".css")})
	}
	for _, pattern := range []string{"*.ts", "*.css"} {
		found, err := filepath.Glob(filepath.Join(sources, pattern))
		if err != nil {
			return fmt.Errorf("listing %s: %w", sources, err)
		}
		for _, path := range found {
			if strings.HasSuffix(path, ".d.ts") || strings.HasSuffix(path, ".test.ts") {
				continue
			}
			name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
			entries = append(entries, api.EntryPoint{InputPath: path, OutputPath: name})
		}
	}
	built := api.Build(api.BuildOptions{
		EntryPointsAdvanced: entries,
		Outdir:              target,
		Bundle:              true,
		MinifyWhitespace:    true,
		MinifyIdentifiers:   true,
		MinifySyntax:        true,
		Format:              api.FormatESModule,
		Target:              api.ES2022,
		Charset:             api.CharsetUTF8,
		LegalComments:       api.LegalCommentsEndOfFile,
		LogLevel:            api.LogLevelWarning,
		Loader:              map[string]api.Loader{".svg": api.LoaderDataURL, ".woff2": api.LoaderDataURL},
	})
	if len(built.Errors) > 0 {
		return fmt.Errorf("esbuild reports %d errors", len(built.Errors))
	}
	for _, file := range built.OutputFiles {
		if err := out.put(filepath.Base(file.Path), file.Contents); err != nil {
			return err
		}
	}
	return os.RemoveAll(filepath.Join(target, "purged.css"))
}

// purgeInto writes what is left of a style sheet beside the output, and answers
// its path.
func purgeInto(dir, path string) (string, error) {
	css, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading a style: %w (run scripts/setup.sh first)", err)
	}
	whole, begun, err := classesNamed("web")
	if err != nil {
		return "", err
	}
	ours := ""
	own, err := filepath.Glob(filepath.Join(sources, "*.css"))
	if err != nil {
		return "", fmt.Errorf("listing %s: %w", sources, err)
	}
	for _, file := range own {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("reading a style: %w", err)
		}
		ours += string(text)
	}
	left := filepath.Join(dir, "purged.css")
	if err := os.WriteFile(left, []byte(purge(string(css), whole, begun, ours)), 0o644); err != nil {
		return "", fmt.Errorf("writing a style: %w", err)
	}
	return left, nil
}

// compile builds the voucher verifier and the gate that decides alone for
// browsers, with the loader that belongs to the same Go version.
func compile(out *shelf) error {
	if err := compileOne(out, "verify.wasm", "./voucher/wasm"); err != nil {
		return err
	}
	if err := compileOne(out, "alone.wasm", "./alone/wasm"); err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking go for its root: %w", err)
	}
	return out.copy("wasm_exec.js", filepath.Join(strings.TrimSpace(string(root)), "lib/wasm/wasm_exec.js"))
}

func compileOne(out *shelf, name, program string) error {
	file := filepath.Join(target, name)
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file, program)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("compiling %s to WebAssembly: %w", program, err)
	}
	if err := out.copy(name, file); err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return fmt.Errorf("removing the unnamed copy: %w", err)
	}
	return nil
}
