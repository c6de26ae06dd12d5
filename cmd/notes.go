package cmd

// Notes is the annotation of a command with what is too long for its help: a
// section of its manual page, paragraphs with indented lines that stay as they
// are.
const Notes = "notes"

// templateNotes are about -F.
const templateNotes = `A template of -F is text, and in it:

  %t         topic
  %p         payload
  %x  %X     payload in hexadecimal digits, small or capital
  %{path}    value at a gjson path of the payload
  %l         number of bytes of the payload
  %q  %r     quality of service; retain flag, 0 or 1
  %m         packet identifier
  %I  %U     time of arrival: 2026-11-25T20:08:43+0000; seconds since 1970
  @Y         a part of that time, in the letters of strftime: @Y-@m-@d @H:@M:@S.@N
  %j  %J     the message as JSON; the same with the JSON of the payload
  %f  %d     payload of 4, of 8 bytes as a floating-point number
  %C  %R     content type; response topic
  %D  %P     correlation data; user properties
  %E  %F     message expiry interval; payload format indicator
  %A  %S     topic alias; subscription identifier
  %%  @@     % and @
  \n \t \r   line end, tab, return; so \\ \0 \a \v, and with an e the escape character

A number before the letter is the least width, of %p, %x and %X also the most bytes; - before it moves to the left, 0 fills a number with zeros. After a dot follows how much of a text, or how many decimals of a number: %-20t %.10t %8.2f.
`

// conditionNotes are about --where.
const conditionNotes = `
A condition of --where is a gjson path that the payload must have, or a path, an operator and a value:

  temp > 20           numbers are compared with numbers
  id == 7             the number, or a text of the same characters
  id == "7"           the text only
  name < m            texts are compared byte by byte
  name =~ ^pump       a regular expression (RE2); other values as they stand
  ok != true          true, false, null
  error == null       null, or not there
  list.#(v>5).id      what stands in brackets belongs to the path

A payload that is not JSON, also after --decode, fulfils none.
`
