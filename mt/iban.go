package mt

// validIBAN reports an account number of the country's length with right check digits.
func (s *Standard) validIBAN(account string) bool {
	if len(account) < 5 || len(account) > 34 {
		return false
	}
	form, ok := s.ibans[account[:2]]
	if !ok || len(account) != form.length {
		return false
	}
	rest := 0
	for i := 0; i < len(account); i++ {
		c := account[(i+4)%len(account)]
		switch {
		case digit(c):
			rest = (rest*10 + int(c-'0')) % 97
		case capital(c):
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}
