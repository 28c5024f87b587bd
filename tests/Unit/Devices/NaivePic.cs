// An 8259A told the long way: lists in the order of priority, one flag an input, nothing remembered that can be looked
// up.

using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Tests.Unit.Devices;

internal sealed class NaivePic
{
    private readonly List<int> _order = [0, 1, 2, 3, 4, 5, 6, 7];
    private readonly Queue<string> _words = new();
    private readonly HashSet<int> _inService = [];
    private readonly HashSet<int> _masked = [];
    private int _vectors;
    private int _slaves;
    private bool _isReady;
    private bool _isAutomatic;
    private bool _isFullyNested;
    private bool _isSpecialMask;
    private bool _rotates;
    private bool _showsInService;

    public bool[] Line { get; } = new bool[8];

    public bool[] Rose { get; } = new bool[8];

    public bool[] IsLevel { get; } = new bool[8];

    public bool Polls { get; private set; }

    // Stays when the line falls that caused it, until somebody looks.
    public bool Int { get; private set; }

    public void Set(int input, bool high)
    {
        Rose[input] = high && (Rose[input] || !Line[input]);
        Line[input] = high;
        Int |= Best() >= 0;
    }

    public bool Knows(int slave) => ((_slaves >> slave) & 1) != 0;

    public int Vector(int input) => (_vectors & 0xF8) + input;

    public int Accept()
    {
        int best = Best();
        if (best < 0)
        {
            Int = false;
            return best;
        }

        Rose[best] = false;
        if (!_isAutomatic)
        {
            _inService.Add(best);
        }
        else if (_rotates)
        {
            Bottom(best);
        }

        Look();
        return best;
    }

    public int Read(int a0)
    {
        if (Polls)
        {
            Polls = false;
            int input = Accept();
            return input < 0 ? 0 : 0x80 + input;
        }

        IEnumerable<int> set = a0 == 1 ? _masked : _showsInService ? _inService : Enumerable.Range(0, 8)
            .Where(Requests);
        return set.Sum(i => 1 << i);
    }

    public void Write(int a0, int value)
    {
        if (a0 == 1)
        {
            Data(value);
        }
        else if ((value & 0x10) != 0)
        {
            Start(value);
        }
        else if ((value & 0x08) != 0)
        {
            Polls = (value & 4) != 0;
            _showsInService = (value & 3) == 3 || ((value & 3) != 2 && _showsInService);
            _isSpecialMask = (value & 0x60) == 0x60 || ((value & 0x60) != 0x40 && _isSpecialMask);
        }
        else
        {
            End((value & 0x80) != 0, (value & 0x40) != 0, (value & 0x20) != 0, value & 7);
        }

        Look();
    }

    public void Look() => Int = Best() >= 0;

    private void Start(int value)
    {
        _inService.Clear();
        _masked.Clear();
        Bottom(7);
        for (int i = 0; i < 8; i++)
        {
            Rose[i] = false;
        }

        _isReady = _isAutomatic = _isFullyNested = _isSpecialMask = _rotates = _showsInService = Polls = false;
        _slaves = 0;
        _words.Clear();
        _words.Enqueue("vectors");
        if ((value & 2) == 0)
        {
            _words.Enqueue("cascade");
        }

        if ((value & 1) != 0)
        {
            _words.Enqueue("mode");
        }
    }

    private void Data(int value)
    {
        if (_words.Count == 0)
        {
            _masked.Clear();
            _masked.UnionWith(Enumerable.Range(0, 8).Where(i => ((value >> i) & 1) != 0));
            return;
        }

        switch (_words.Dequeue())
        {
            case "vectors":
                _vectors = value;
                break;
            case "cascade":
                _slaves = value;
                break;
            default:
                _isAutomatic = (value & 2) != 0;
                _isFullyNested = (value & 0x10) != 0;
                break;
        }

        _isReady = _words.Count == 0;
    }

    private void End(bool rotate, bool specific, bool end, int input)
    {
        if (!end && !specific)
        {
            _rotates = rotate;
            return;
        }

        if (end && !specific)
        {
            int place = _order.FindIndex(i => _inService.Contains(i) && !(_isSpecialMask && _masked.Contains(i)));
            input = place < 0 ? -1 : _order[place];
        }

        if (end)
        {
            _inService.Remove(input);
        }

        if (rotate && input >= 0)
        {
            Bottom(input);
        }
    }

    private void Bottom(int input)
    {
        while (_order[7] != input)
        {
            _order.Add(_order[0]);
            _order.RemoveAt(0);
        }
    }

    private bool Requests(int input) => IsLevel[input] ? Line[input] : Rose[input];

    private int Best()
    {
        foreach (int input in _isReady ? _order : [])
        {
            bool serves = _inService.Contains(input) && !(_isSpecialMask && _masked.Contains(input));
            if (Requests(input) && !_masked.Contains(input) && (!serves || (_isFullyNested && Knows(input))))
            {
                return input;
            }

            if (serves)
            {
                return -1;
            }
        }

        return -1;
    }
}
