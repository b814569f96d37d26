// A strict little reader of BibTeX: what it takes is the part of the format that every program reads alike.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bfr::testing {

struct ParsedEntry {
    std::string type, key;
    std::map<std::string, std::string> fields;
};

// Throws std::runtime_error saying what is wrong: an '@' that begins no entry, braces that don't balance, a field
// given twice, a value that isn't in braces, an entry that isn't closed.
class BibParser {
  public:
    explicit BibParser(std::string_view text) : text_(text) {}

    std::vector<ParsedEntry> entries() {
        std::vector<ParsedEntry> found;
        while (at_ < text_.size()) {
            if (text_[at_] == '@') {
                found.push_back(entry());
            } else if (text_[at_] == '%') {
                comment();
            } else if (text_[at_] == '\n') {
                at_++;
            } else {
                fail("text between the entries");
            }
        }
        return found;
    }

  private:
    [[noreturn]] void fail(const std::string& why) const {
        throw std::runtime_error(why + " at: " + std::string(text_.substr(at_, 60)));
    }

    void comment() {
        for (; at_ < text_.size() && text_[at_] != '\n'; at_++) {
            if (text_[at_] == '@') fail("an entry begins within a comment");
            if (static_cast<unsigned char>(text_[at_]) < ' ') fail("a control character");
        }
    }

    void expect(std::string_view wanted) {
        if (text_.substr(at_, wanted.size()) != wanted) fail("expected " + std::string(wanted));
        at_ += wanted.size();
    }

    std::string word(std::string_view more) {
        const size_t begin = at_;
        while (at_ < text_.size() &&
               ((text_[at_] >= 'a' && text_[at_] <= 'z') || more.find(text_[at_]) != std::string_view::npos))
            at_++;
        if (at_ == begin) fail("a name expected");
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string value() {
        expect("{");
        const size_t begin = at_;
        for (int depth = 1; at_ < text_.size(); at_++) {
            const char c = text_[at_];
            if (c == '\n' || c == '@') fail("a value with a line end or an '@'");
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 0) return std::string(text_.substr(begin, at_++ - begin));
        }
        fail("braces that don't balance");
    }

    ParsedEntry entry() {
        expect("@");
        ParsedEntry entry;
        entry.type = word("");
        expect("{");
        entry.key = word("0123456789");
        while (true) {
            expect(",\n  ");
            const std::string name = word("");
            expect(" = ");
            if (!entry.fields.emplace(name, value()).second) fail("a second " + name);
            if (text_.substr(at_, 2) == "\n}") break;
        }
        expect("\n}\n");
        return entry;
    }

    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace bfr::testing
