package pki

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"strings"

	"corridor.example/corridor"
)

// domainDocument separates the authority's signature under a document from all others.
const domainDocument = "corridor/document/1\x00"

const documentPEM = "CORRIDOR DOCUMENT"

// documentBytes is what is signed: the domain of all documents, then length and bytes of network and of the document's own
// domain, then the document.
func documentBytes(network corridor.Network, domain string, document []byte) []byte {
	if domain == "" || len(domain) > MaxDomain {
		panic("pki: a document's domain is a short word of the code, not input")
	}
	b := append([]byte(domainDocument), byte(len(network)))
	b = append(append(b, network...), byte(len(domain)))
	return append(append(b, domain...), document...)
}

// SignDocument signs a document of the network as its authority. The domain says what kind of document it is
// (standing.DomainPolicy), so that no other kind can be made of it.
func (a *Authority) SignDocument(domain string, document []byte) []byte {
	return ed25519.Sign(a.private, documentBytes(a.root.Network(), domain, document))
}

// VerifyDocument checks that the network's authority signed the document for that domain.
func (r *Root) VerifyDocument(domain string, document, signature []byte) error {
	if !Verify(r.certificate.public, documentBytes(r.Network(), domain, document), signature) {
		return fmt.Errorf("%s: it was not signed by the authority of %s, or it was altered", word(domain), r.Network())
	}
	return nil
}

// EncodeDocument is the file form of a signed document: one PEM block of the length and bytes of the domain, the signature, and the document.
func EncodeDocument(domain string, document, signature []byte) ([]byte, error) {
	switch {
	case len(document) == 0 || len(document) > MaxDocument:
		return nil, fmt.Errorf("%s: a document has 1 to %d bytes, this one %d", word(domain), MaxDocument, len(document))
	case domain == "" || len(domain) > MaxDomain || len(signature) != corridor.SignatureSize:
		return nil, fmt.Errorf("%s: give a domain of at most %d characters and a signature of %d bytes", word(domain), MaxDomain, corridor.SignatureSize)
	}
	body := appendShort(nil, domain)
	body = append(append(body, signature...), document...)
	return pem.EncodeToMemory(&pem.Block{Type: documentPEM, Bytes: body}), nil
}

// OpenDocument reads a file that EncodeDocument wrote, checks domain and signature, and returns the document and its signature.
func (r *Root) OpenDocument(domain string, file []byte) (document, signature []byte, err error) {
	if len(file) > maxDocumentFile {
		return nil, nil, fmt.Errorf("%s: the file has %d bytes, the limit is %d", word(domain), len(file), maxDocumentFile)
	}
	block, _ := pem.Decode(file)
	if block == nil || block.Type != documentPEM {
		return nil, nil, fmt.Errorf("%s: it is not one PEM block %q: give the file that the authority's command wrote", word(domain), documentPEM)
	}
	of, rest, ok := cutShort(block.Bytes)
	if !ok || len(rest) <= corridor.SignatureSize {
		return nil, nil, fmt.Errorf("%s: the bytes in its PEM block are not of this form", word(domain))
	}
	signature, document = rest[:corridor.SignatureSize], rest[corridor.SignatureSize:]
	if again, err := EncodeDocument(of, document, signature); err != nil || !bytes.Equal(again, file) {
		return nil, nil, fmt.Errorf("%s: it is not written in the one form that a signed document has", word(domain))
	}
	if of != domain {
		return nil, nil, fmt.Errorf("this signed document is a %q, needed is a %q", word(of), word(domain))
	}
	return document, signature, r.VerifyDocument(domain, document, signature)
}

// word is a domain as errors print it.
func word(domain string) string { return strings.TrimRight(domain, "\x00") }
