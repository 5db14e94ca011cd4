group 'a' { 5 }
group 'b' { members = {} }
group 'c' 'x'
