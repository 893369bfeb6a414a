package api

import "strings"

// fieldError words one finding of huma's validation. Location is like
// "body.passengers[0].name"; the part says where the input stood and is
// dropped, so that fields read as the office names them.
func fieldError(location, message string) FieldError {
	field := location
	for _, part := range []string{"body", "query", "path", "header"} {
		if rest, ok := strings.CutPrefix(location, part+"."); ok {
			field = rest
			break
		}
	}
	if name, ok := between(message, "expected required property ", " to be present"); ok {
		if field == "body" {
			field = name
		} else {
			field += "." + name
		}
		return FieldError{field, "缺少此项", "this is required"}
	}
	if _, path, ok := strings.Cut(message, "into Go struct field "); ok {
		// A number that JSON allows for an integer but Go does not, as 1e2.
		path, _, _ = strings.Cut(path, " ")
		if _, path, ok = strings.Cut(path, "."); ok {
			return FieldError{path, "格式有误", "this is not in the expected form"}
		}
	}
	zh, en := word(message)
	return FieldError{field, zh, en}
}

// words are the messages of huma's validation; %s stands for what follows. Only
// numbers and lists of the schema follow, never a value that was sent.
var words = []struct{ message, zh, en string }{
	{"expected string to", "格式有误", "this is not in the expected form"},
	{"expected string", "应为字符串", "this must be a string"},
	{"expected integer", "应为整数", "this must be an integer"},
	{"expected number <= ", "不能大于 %s", "this must be at most %s"},
	{"expected number >= ", "不能小于 %s", "this must be at least %s"},
	{"expected number", "应为数字", "this must be a number"},
	{"expected boolean", "应为 true 或 false", "this must be true or false"},
	{"expected array length <= ", "最多 %s 项", "this has at most %s items"},
	{"expected array length >= ", "至少 %s 项", "this has at least %s items"},
	{"expected array", "应为数组", "this must be an array"},
	{"expected object", "应为对象", "this must be an object"},
	{"expected length <= ", "最多 %s 个字符", "this has at most %s characters"},
	{"expected length >= ", "至少 %s 个字符", "this has at least %s characters"},
	{"expected value to be one of ", "应为 %s 之一", "this must be one of %s"},
	{"invalid integer", "应为整数", "this must be an integer"},
	{"required ", "缺少此项", "this is required"},
}

func word(message string) (zh, en string) {
	for _, w := range words {
		if rest, ok := strings.CutPrefix(message, w.message); ok {
			return strings.ReplaceAll(w.zh, "%s", rest), strings.ReplaceAll(w.en, "%s", rest)
		}
	}
	return "格式有误", "this is not in the expected form"
}

func between(s, before, after string) (string, bool) {
	s, ok := strings.CutPrefix(s, before)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(s, after)
}
