package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
)

// Reasons of the door itself; the others are the domain's.
const (
	malformed   chepiao.Reason = "MALFORMED"        // the body is not JSON
	tooLarge    chepiao.Reason = "TOO_LARGE"        // the body is over BodyBytesMax
	wrongType   chepiao.Reason = "UNSUPPORTED_TYPE" // the body is no JSON by its own word
	wrongMethod chepiao.Reason = "WRONG_METHOD"     // the path has other methods
	rateLimited chepiao.Reason = "RATE_LIMITED"     // the client asks too often
	timedOut    chepiao.Reason = "TIMED_OUT"        // the deadline of the request passed
	fault       chepiao.Reason = "FAULT"            // our mistake
	notReady    chepiao.Reason = "NOT_READY"        // the node does not sell now
)

// kind is how a reason travels in HTTP.
type kind struct {
	status int
	zh, en string // title
}

// kinds is the one table of reasons and statuses. 422: the request can never
// succeed as it is. 409: it might, in another state of things.
var kinds = map[chepiao.Reason]kind{
	chepiao.Invalid:           {422, "内容有误", "Invalid input"},
	chepiao.NotFound:          {404, "未找到", "Not found"},
	chepiao.Unauthorized:      {401, "无权办理", "Not allowed"}, // 403 with a known device
	chepiao.PastDeparture:     {409, "班次已过", "The departure is over"},
	chepiao.NotOnSaleYet:      {409, "尚未开售", "Not on sale yet"},
	chepiao.SoldOut:           {409, "已售完", "Sold out"},
	chepiao.WaitForTurn:       {429, "请排队等候", "Wait for your turn"},
	chepiao.SeatsFree:         {409, "有票无需候补", "There are seats"},
	chepiao.WaitClosed:        {409, "候补已截止", "The waitlist is closed"},
	chepiao.SeatTaken:         {409, "座位已被占用", "The seat is taken"},
	chepiao.TooMany:           {422, "超出数量限制", "Over a limit"},
	chepiao.DuplicateRider:    {409, "证件重复", "One document, one ticket"},
	chepiao.DocumentNotOnline: {422, "请到窗口购票", "Sold at a window only"},
	chepiao.NotACorrection:    {422, "超出更正范围", "Not a correction"},
	chepiao.CorrectedBefore:   {409, "已更正过", "Corrected before"},
	chepiao.NotEligible:       {422, "不符合优惠条件", "Not entitled to this kind of ticket"},
	chepiao.ChildNeedsAdult:   {422, "儿童须成人陪同", "A child needs an adult"},
	chepiao.ChildAlone:        {409, "儿童不能单独留下", "A child would stay alone"},
	chepiao.Overlap:           {409, "行程重叠", "Journeys overlap"},
	chepiao.NotSoldHere:       {409, "本站不售", "Not sold here"},
	chepiao.StationClosed:     {409, "车站停业", "The station is closed"},
	chepiao.Overload:          {409, "超员", "Too many people aboard"},
	chepiao.HoldExpired:       {409, "占座已超时", "The hold is over"},
	chepiao.HoldLimit:         {409, "不能再延长", "The hold cannot be extended"},
	chepiao.WrongState:        {409, "当前状态不能办理", "Not in this state"},
	chepiao.NotRefundable:     {409, "不可退票", "Not refundable"},
	chepiao.NotRebookable:     {409, "不可改签", "Not rebookable"},
	chepiao.VoidOver:          {409, "不能废票", "Too late to undo the sale"},
	chepiao.WrongWindow:       {409, "请到窗口办理", "Only at a window"},
	chepiao.ReceiptIsOut:      {409, "报销凭证未交回", "A receipt is out"},
	chepiao.ReceiptNotOpen:    {409, "未到开具时间", "Too early for a receipt"},
	chepiao.ReceiptTimeOver:   {409, "超过开具期限", "Too late for a receipt"},
	chepiao.ShiftClosed:       {409, "班次已交班", "The shift is over"},
	chepiao.ShiftIsOpen:       {409, "已有当班班次", "A shift is open"},
	chepiao.ShiftNeeded:       {409, "尚未开班", "Open a shift first"},
	chepiao.CashCeiling:       {409, "抽屉现金达上限", "The drawer is full"},
	chepiao.DrawerShort:       {409, "抽屉现金不足", "Not so much in the drawer"},
	chepiao.SecondHand:        {409, "须另一人签字", "Another person has to sign"},
	chepiao.NoPaper:           {409, "无可用票据", "No numbered paper"},
	chepiao.PaperTaken:        {409, "票据号不可用", "The number is taken"},
	chepiao.QuoteChanged:      {409, "应退金额已变", "The refund has changed"},
	chepiao.ReplayMismatch:    {422, "请求编号重复使用", "The idempotency key was used otherwise"},
	chepiao.PaymentRefused:    {409, "支付未受理", "The payment was refused"},
	chepiao.PaymentOpen:       {409, "已有支付在进行", "A payment is under way"},
	chepiao.AmountMismatch:    {409, "金额不符", "The amount differs"},
	chepiao.StopSale:          {409, "已停止售票", "Sales have stopped"},
	chepiao.DepartureClosed:   {409, "班次已关闭", "The departure is closed"},
	chepiao.TooEarly:          {409, "时间未到", "Too early"},
	chepiao.BadCode:           {422, "无法识别的码", "Not a voucher"},
	chepiao.PapersExpired:     {409, "证件过期", "A paper is not good"},
	chepiao.NoSafetyCheck:     {409, "没有有效例检", "No safety check"},
	chepiao.NotAssigned:       {409, "非核定线路", "Not assigned to this line"},
	chepiao.OriginNotReported: {409, "始发站未报班", "Not reported at the first stop"},
	chepiao.NotReported:       {409, "车辆未报班", "No coach has reported"},
	chepiao.DriverRests:       {409, "驾驶员间隔不足", "The driver rests"},
	chepiao.CoachTooSmall:     {409, "来车座位不足", "The coach is too small"},
	chepiao.HeadcountDiffers:  {409, "清点人数不符", "The headcount differs"},
	chepiao.PreviewChanged:    {409, "影响范围已变化", "The impact has changed"},
	chepiao.CodeWrong:         {422, "验证码不符", "The code is wrong"},
	chepiao.NameMismatch:      {422, "姓名与证件不符", "The name is not the document's"},
	chepiao.Busy:              {503, "系统繁忙", "Busy"},
	chepiao.NotOwner:          {409, "由其他节点办理", "Owned by another node"},
	chepiao.Restored:          {503, "系统恢复中", "Restored, not confirmed yet"},
	malformed:                 {400, "不是 JSON", "Not JSON"},
	tooLarge:                  {413, "内容过大", "Too large"},
	wrongType:                 {415, "不支持的内容类型", "Unsupported content type"},
	wrongMethod:               {405, "不支持的方法", "Wrong method"},
	rateLimited:               {429, "请求过于频繁", "Too many requests"},
	timedOut:                  {504, "处理超时", "Timed out"},
	fault:                     {500, "系统故障", "Fault"},
	notReady:                  {503, "尚未就绪", "Not ready"},
}

// busyRetry is how long a client should wait before it asks a busy node again.
const busyRetry = time.Second

// restoredRetry is how long it should wait for an operator's word.
const restoredRetry = time.Minute

// turnRetry is how long a client should wait before it looks whether its turn has
// come.
const turnRetry = 5 * time.Second

// Problem is an RFC 9457 problem document. It never repeats a value it was
// sent, since the value may be personal.
type Problem struct {
	Type    string         `json:"type" format:"uri-reference" doc:"Names the reason; it can be fetched for its meaning." example:"/api/v1/problems/SOLD_OUT"`
	Title   string         `json:"title" doc:"The reason in a few words."`
	Status  int            `json:"status"`
	Detail  string         `json:"detail" doc:"A sentence for the reader, in the language asked for."`
	Reason  chepiao.Reason `json:"reason" doc:"Compare this." example:"SOLD_OUT"`
	Field   string         `json:"field,omitempty" doc:"The input that is wrong." example:"passengers[1].document.number"`
	ZH      string         `json:"zh" doc:"The sentence in Chinese."`
	EN      string         `json:"en" doc:"The sentence in English."`
	Request string         `json:"request,omitempty" doc:"Id of the request, for asking the operator."`
	Errors  []FieldError   `json:"errors,omitempty" doc:"Every wrong field, when there are several."`

	Because *chepiao.Explanation `json:"because,omitempty" doc:"The rule that said no, where one of the rule book did."`
	Room    string               `json:"waiting_room,omitempty" format:"uri-reference" doc:"Of WAIT_FOR_TURN: where a place is taken."`

	retry time.Duration
}

// FieldError is one of several wrong fields.
type FieldError struct {
	Field string `json:"field"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// Error, GetStatus, GetHeaders and ContentType are what huma asks of an error
// that it shall write.
func (p *Problem) Error() string  { return string(p.Reason) + ": " + p.EN }
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is Retry-After, in whole seconds, and the challenge of a 401.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="chepiao"`)
	}
	return h
}

// ContentType is the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func (p *Problem) after(wait time.Duration) *Problem {
	p.retry = wait
	return p
}

// problem makes the problem of a reason in the call's language.
func (c *call) problem(reason chepiao.Reason, field, zh, en string) *Problem {
	k, known := kinds[reason]
	if !known {
		k = kind{http.StatusConflict, zh, en}
	}
	p := &Problem{Type: Root + "/problems/" + string(reason), Title: k.zh, Status: k.status, Detail: zh, Reason: reason, Field: field, ZH: zh, EN: en}
	if c == nil || c.english {
		p.Title, p.Detail = k.en, en
	}
	if c != nil {
		p.Request, c.reason = c.id, reason
	}
	return p
}

// say turns an error of the office into the problem that the client sees. A
// fault is logged here, once.
func (d *door) say(c *call, err error) *Problem {
	if r := chepiao.AsRefusal(err); r != nil {
		p := c.problem(r.Reason, r.Field, r.ZH, r.EN)
		p.Because = r.Because
		switch {
		case r.Reason == chepiao.Restored:
			p.retry = restoredRetry
		case r.Reason == chepiao.Busy:
			p.retry = c.watched.Retry()
		case r.Reason == chepiao.WaitForTurn:
			p.retry, p.Room = turnRetry, Root+roomPath
		case err == wrongRole, err == wrongStaffRole, err == wrongStation:
			p.Status = http.StatusForbidden
		}
		return p
	}
	var ready *Problem
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return c.problem(timedOut, "", "处理超时，请用同一请求编号重试", "the request took too long: send it again under the same idempotency key").after(c.watched.Retry())
	}
	d.Log.Error("a request failed", "request", c.id, "route", c.r.Pattern, "error", err)
	return faultProblem(c)
}

func faultProblem(c *call) *Problem {
	return c.problem(fault, "", "系统故障，请稍后再试或联系客服", "something went wrong here: please try again later")
}

// huma writes the problems it finds itself through these two hooks. They are
// global in huma; this package is the only one that uses it.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return inputProblem(nil, status, msg, errs) // for the document only
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		c := callOf(ctx.Context())
		errs, bad := unfold(c, ctx.Operation(), errs)
		if bad != nil {
			return bad
		}
		return inputProblem(c, status, msg, errs)
	}
	huma.DefaultArrayNullable = false // answers give an empty list, never null
}

// inputProblem is what huma found wrong with a request's form.
func inputProblem(c *call, status int, msg string, errs []error) *Problem {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return c.problem(tooLarge, "body", "请求内容超过 64 KiB", "the body is over 64 KiB")
	case http.StatusBadRequest:
		return c.problem(chepiao.Invalid, "body", "缺少请求内容", "the body is missing")
	case http.StatusRequestTimeout:
		return c.problem(timedOut, "body", "读取请求内容超时", "the body came too slowly").after(busyRetry)
	case http.StatusUnprocessableEntity:
		return validationProblem(c, errs)
	}
	return faultProblem(c)
}

// unfold replaces huma's one finding about a body that the reader did not take
// by what is wrong with its members. bad is the problem of a body that is no
// JSON at all.
func unfold(c *call, op *huma.Operation, errs []error) (found []error, bad *Problem) {
	for _, err := range errs {
		detail, ok := err.(*huma.ErrorDetail)
		body, whole := "", false
		if ok && detail.Location == "body" {
			body, whole = detail.Value.(string)
		}
		if !whole {
			found = append(found, err)
			continue
		}
		if strings.Contains(detail.Message, huma.ErrUnknownContentType.Error()) {
			return nil, c.problem(wrongType, "Content-Type", "请求内容应为 application/json", "the body must be application/json")
		}
		members, err := examine(c.registry, op.RequestBody.Content["application/json"].Schema, []byte(body))
		if err != nil {
			return nil, c.problem(malformed, "body", "请求内容不是有效的 JSON", "the body is not valid JSON")
		}
		if len(members) == 0 { // a number that JSON allows for an integer and Go does not
			members = []error{detail}
		}
		found = append(found, members...)
	}
	return found, nil
}

func validationProblem(c *call, errs []error) *Problem {
	var found []FieldError
	for _, err := range errs {
		detail, ok := err.(*huma.ErrorDetail)
		if !ok {
			continue
		}
		found = append(found, fieldError(detail.Location, detail.Message))
	}
	if len(found) == 0 {
		return c.problem(chepiao.Invalid, "", "请求内容有误", "the input is wrong")
	}
	p := c.problem(chepiao.Invalid, found[0].Field, found[0].ZH, found[0].EN)
	if len(found) > 1 {
		p.Errors = found[:min(len(found), fieldErrorsMax)]
	}
	return p
}

// fieldErrorsMax bounds the list of wrong fields in one problem.
const fieldErrorsMax = 50

// lost answers what no route knows: another method of a known path, or nothing.
func (d *door) lost(_ http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := d.mux.Handler(probe); pattern != "/" && pattern != "" {
			allowed = append(allowed, m)
		}
	}
	if len(allowed) > 0 {
		c.Header().Set("Allow", strings.Join(allowed, ", "))
		c.answer(c.problem(wrongMethod, "", "该地址不支持此方法", "this path does not take that method"))
		return
	}
	c.answer(c.problem(chepiao.NotFound, "", "没有这个地址", "there is nothing at this path"))
}
