package chepiao

// The rows of the table of rules about faces. No threshold may be set to the
// library's own 0.6, which lets half of all impostors of one region pass.

var faceRuleRows = []Rule{
	{"face_use", "9", "检票口使用人脸核验(须单独同意)", "gates may compare faces, with separate consent", UnitSwitch, 0, 1, AtStation, "9, 15", "face.go"},
	{"face_claimed", "9", "人脸：与本人模板的最大距离(千分之一)", "face: most thousandths to the claimed passenger's template", UnitCount, 300, 520, AtStation, "9", "face.go"},
	{"face_margin", "9", "人脸：与他人模板的最小差距(千分之一)", "face: least thousandths nearer than to anybody else aboard", UnitCount, 40, 300, AtStation, "9", "face.go"},
	{"face_few", "9", "人脸：登记人数少于此数时从严", "face: with fewer enrolled the stricter distance counts", UnitCount, 2, 60, AtStation, "9", "face.go"},
	{"face_few_claimed", "9", "人脸：从严时的最大距离(千分之一)", "face: most thousandths when few are enrolled, or nobody is claimed", UnitCount, 200, 450, AtStation, "9", "face.go"},
	{"face_walkup", "9", "人脸：免出示，由旅客确认姓名或座位", "face: without a claim; the passenger confirms name or seat", UnitSwitch, 0, 1, AtStation, "9", "face.go"},
}
