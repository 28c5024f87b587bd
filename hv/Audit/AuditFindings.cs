// The broken rules of one audit, in the order in which they were found: the first is what a processor stops at. What
// does not fit is counted and dropped.

namespace MinusOne.Hv.Audit;

internal unsafe struct AuditFindings
{
    public const int Capacity = 32;

    private const int Words = 3;

    private fixed ulong _words[Capacity * Words];
    private int _found;

    public readonly int Count => _found < Capacity ? _found : Capacity;

    // Including those dropped.
    public readonly int Found => _found;

    public readonly AuditFinding this[int index]
    {
        get
        {
            int word = index * Words;
            return new AuditFinding(
                (AuditRule)(uint)_words[word], (uint)(_words[word] >> 32), _words[word + 1], (uint)_words[word + 2]);
        }
    }

    public void Add(AuditFinding finding)
    {
        if (_found < Capacity)
        {
            int word = _found * Words;
            _words[word] = (uint)finding.Rule | ((ulong)finding.Field << 32);
            _words[word + 1] = finding.Value;
            _words[word + 2] = finding.Entry;
        }

        _found++;
    }
}
