package main

import (
	"strings"
	"testing"
)

// What a page names stays with everything it needs; the rest goes, and so do
// dark colours. The brackets, strings and comments are the traps of the parser.
func TestPurge(t *testing.T) {
	const sheet = `@charset "utf-8";/* a{b} */
body{--weui-A:1;--weui-B:var(--weui-A);--weui-C:3}
body[data-weui-theme=dark]{--weui-A:2}
@media (prefers-color-scheme:dark){.weui-btn{color:red}}
.weui-btn,.weui-tab{color:var(--weui-B);background:url("data:image/svg+xml;x{y}")}
.weui-btn_primary:not(.weui-btn_disabled){color:#fff}
.weui-btn_default{color:green}
.weui-tab .weui-btn{color:blue}
@media(min-width:352px){.weui-tab{margin:0}.weui-btn{margin:1px}}
@keyframes spin{to{rotate:360deg}}@keyframes hop{to{top:0}}
.weui-btn{animation:hop 1s}`
	got := purge(sheet, map[string]bool{"weui-btn": true}, []string{"weui-btn_"}, "")
	for _, want := range []string{
		`body{--weui-A:1;--weui-B:var(--weui-A)}`,
		`.weui-btn{color:var(--weui-B);background:url("data:image/svg+xml;x{y}")}`,
		`.weui-btn_primary:not(.weui-btn_disabled){color:#fff}`, `.weui-btn_default{`,
		`@media(min-width:352px){.weui-btn{margin:1px}}`, `@keyframes hop{to{top:0}}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is lost: %s", want, got)
		}
	}
	for _, no := range []string{"weui-tab", "dark", "--weui-C", "spin", "red", "blue"} {
		if strings.Contains(got, no) {
			t.Errorf("%s is still there: %s", no, got)
		}
	}
	if again := purge(got, map[string]bool{"weui-btn": true}, []string{"weui-btn_"}, ""); again != got {
		t.Errorf("purged twice it differs: %s", again)
	}
	if left := purge(sheet, nil, nil, "a{color:var(--weui-C)}"); !strings.Contains(left, "--weui-C:3") {
		t.Errorf("a variable that another sheet uses is lost: %s", left)
	}
}
