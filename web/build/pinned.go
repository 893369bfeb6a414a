package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
)

// pinnedFile is a file of a package that is served as it is, if it is the one we know.
type pinnedFile struct{ name, path, sha256 string }

// codeFiles are what a gate's camera reads codes with.
var codeFiles = []pinnedFile{
	{"codes.wasm", "zxing-wasm/dist/reader/zxing_reader.wasm", "e8af31edb56d0522f4de74495839385ef019ba8bc90d38e5ecb2f18795d86fb2"},
}

// faceFiles are what the gate's face mode loads beside its script: the weights of
// three small networks and TensorFlow's WebAssembly, as their packages hold them.
// Each is pinned: other weights are another model, and templates of two models must
// never be compared (web/src/face/template.ts, modelID).
var faceFiles = []pinnedFile{
	{"face-detect.bin", "@vladmandic/face-api/model/tiny_face_detector_model.bin", "b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871"},
	{"face-landmarks.bin", "@vladmandic/face-api/model/face_landmark_68_model.bin", "4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b"},
	{"face-describe.bin", "@vladmandic/face-api/model/face_recognition_model.bin", "b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589"},
	{"face-simd.wasm", "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm", "77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b"},
	{"face-plain.wasm", "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm", "70a5d516060464e5269f01c74bac1772d6b8ab6cb612acf16b5cdaf61f78d892"},
}

// pinned lays such files out, or says which is not the one we know.
func pinned(out *shelf, files []pinnedFile) error {
	for _, f := range files {
		content, err := os.ReadFile(modules + "/" + f.path)
		if err != nil {
			return fmt.Errorf("reading %s: %w (run scripts/setup.sh first)", f.name, err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != f.sha256 {
			return fmt.Errorf("%s is not the file we know: sha256 %x, want %s", f.path, sum, f.sha256)
		}
		if err := out.put(f.name, content); err != nil {
			return err
		}
	}
	return nil
}
