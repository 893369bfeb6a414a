package demo

import "fmt"

// Person is an invented passenger: name and a resident ID number that passes
// the check of GB 11643. The region 130102 and the births are real in form;
// the person is not. n is 0..9,999,999; each n is another document.
func Person(n int) (name, number string) {
	surnames, given := []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"), []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰飞雪琳斌宇浩")
	name = string(surnames[n%len(surnames)]) + string(given[n/len(surnames)%len(given)]) + string(given[(n/7+3)%len(given)])
	year, month, day := 1950+n/(12*28*999)%40, 1+n/(28*999)%12, 1+n/999%28
	body := fmt.Sprintf("130102%04d%02d%02d%03d", year, month, day, 1+n%999)
	return name, body + string(checkCharacter(body))
}

// checkCharacter is the last character of a resident ID number (GB 11643).
func checkCharacter(body string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}
