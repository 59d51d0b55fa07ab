import CairnFormat
import Testing

@Suite("What services answer in XML is read strictly")
struct XMLReaderTests {
    private static func read(_ text: String) throws(XMLProblem) -> XMLElement { try XMLReader.read(Array(text.utf8)) }

    @Test("a list of S3: elements by name, without their name space, with text, entities and sections of text")
    func list() throws {
        let root = try Self.read(
            """
            \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment with <tags> -->
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/" a = 'it&apos;s "quoted"'>
              <Name>bucket</Name><Prefix/><IsTruncated>true</IsTruncated>
              <Contents><Key>a&amp;b&lt;c&gt;&quot;&apos;&#233;&#x1F600;</Key><Size>1</Size></Contents>
              <Contents><Key><![CDATA[<raw> & ]] text]]></Key><!-- between --></Contents>
              <s3:Owner><s3:ID> x </s3:ID></s3:Owner>
            </ListBucketResult>

            """)
        #expect(root.name == "ListBucketResult" && root["Name"]?.text == "bucket" && root["Prefix"]?.text == "")
        #expect(root.all("Contents").map { $0["Key"]?.text } == ["a&b<c>\"'é😀", "<raw> & ]] text"])
        #expect(root["Owner"]?["ID"]?.text == " x " && root["Nothing"] == nil)
    }

    @Test(
        "what is no document, or more than a small one, is refused with the place",
        arguments: [
            ("", "expected an element"), ("plain", "expected an element"), ("<a>", "a does not end"),
            ("<a></b>", "expected the end of a"), ("<a/><b/>", "something stands behind"), ("<a", "a tag does not end"),
            ("<a b></a>", "expected '='"), ("<a b=c></a>", "in quotes"), ("<a b='<'></a>", "'<' stands in a value"),
            ("<a b='", "a tag does not end"), ("<a>&nbsp;</a>", "no entity"), ("<a>&#0;</a>", "no entity"),
            ("<a>&#xD800;</a>", "no entity"), ("<a>&amp</a>", "begins no entity"), ("<a><!-- </a>", "a comment"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "expected a name"), ("< a/>", "expected a name"),
            ("<:/>", "expected a name"),
            (String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17), "deeper than 16"),
        ])
    func refused(_ text: String, _ reason: String) throws {
        let problem = try #require(throws: XMLProblem.self) { try Self.read(text) }
        #expect(problem.reason.contains(reason), "\(problem)")
    }

    @Test("bytes that are no UTF-8, and too many of them, are refused")
    func bytes() {
        #expect(throws: XMLProblem.self) { try XMLReader.read([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) }
        #expect(throws: XMLProblem.self) {
            try XMLReader.read([UInt8](repeating: 0x20, count: XMLReader.byteCountMax) + Array("<a/>".utf8))
        }
    }
}
