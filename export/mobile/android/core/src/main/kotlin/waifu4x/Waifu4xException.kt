package waifu4x

/** What went wrong, for a person: the rule, what came, and the way out. */
class Waifu4xException(rule: String, received: String, wayOut: String) :
    Exception("$rule Received: $received. $wayOut")
